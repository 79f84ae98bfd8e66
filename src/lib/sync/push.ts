import {aborted, withTimeout} from '../async/abort.js'
import type {ZoneName} from '../dns/name.js'
import type {ErrorReport} from '../errors.js'
import {ACCEPTED_PUSH, IMPORTED, type ZoneEvent} from '../zone/event.js'
import type {Provision, Receipt} from '../zone/report.js'
import {NoSecondaryError, waitsForDecision} from './errors.js'

/** How many secondaries must have confirmed. */
export type WaitFor = 'all' | 'any' | number

/** How one secondary stands with a push; `waiting` is what is left at the end where time ran out. */
export interface PushRow {
  secondary: string
  state: 'waiting' | 'served' | 'removed' | 'failed' | 'inactive' | 'paused'
  serial?: number
  /** Milliseconds from the push to the receipt. */
  ms?: number
  error?: ErrorReport
}

export interface PushReport {
  zone: ZoneName
  /** Whether as many secondaries confirmed as were asked for, in time. */
  confirmed: boolean
  /** What the zone-provider did; `none` when no zone-provider answered. */
  provision: Provision['outcome'] | 'none'
  error?: ErrorReport
  secondaries: PushRow[]
}

/** What a push needs of the rest of the system. */
export interface PushSystem {
  /** Resolves to the event's sequence. */
  publish(event: ZoneEvent): Promise<number>
  watchReceipts(zone: ZoneName, on: (receipt: Receipt) => void): () => void
  watchProvisions(zone: ZoneName, on: (provision: Provision) => void): () => void
  /** Resolves when everything that is watched is heard. */
  watching(): Promise<void>
}

export interface PushOptions {
  waitFor: WaitFor
  timeoutMs: number
  /** Whether it is meant that the zone is gone from the primary, or lost most of its records. */
  acceptLoss: boolean
  /** It brings round what was imported just now, which is meant as a whole. */
  imported?: boolean
  secondaries: ReadonlyArray<{name: string; active: boolean; paused?: boolean}>
  newId(): string
  now(): number
  /** Every change of a row, for showing progress. */
  onProgress?(report: PushReport): void
  signal: AbortSignal
}

/**
 * Has one zone brought from the primary to every secondary and waits for their proofs.
 * Rejects with NoSecondaryError where no secondary is active; what fails on the way is told in the report.
 */
export async function pushZone(
  system: PushSystem,
  zone: ZoneName,
  options: PushOptions,
): Promise<PushReport> {
  const {secondaries, waitFor} = options
  if (waitFor !== 0 && !secondaries.some(({active}) => active)) throw noSecondary(secondaries.length)
  const push = new Push(zone, options)
  const unwatch = [
    system.watchReceipts(zone, (receipt) => push.heard(receipt)),
    system.watchProvisions(zone, (provision) => push.provided(provision)),
  ]
  try {
    await system.watching()
    const {newId, now, acceptLoss, imported = false} = options
    const source = imported ? IMPORTED : acceptLoss ? ACCEPTED_PUSH : 'zone push'
    const event: ZoneEvent = {verb: 'refresh', zone, id: newId(), source, at: now()}
    push.published(await system.publish(event))
    await withTimeout(options.timeoutMs, options.signal, (signal) =>
      Promise.race([push.over, aborted(signal)]),
    )
    options.signal.throwIfAborted()
    return push.report()
  } finally {
    for (const stop of unwatch) stop()
  }
}

export type ProofOptions = Pick<PushOptions, 'waitFor' | 'secondaries' | 'now' | 'onProgress'>

/**
 * Who has proved what one event is about, whoever published it. Reports that come before the event's sequence is known are
 * looked at when it is.
 */
export class Push {
  /** Resolves when as many have proved it as are waited for, or when nobody will. */
  readonly over: Promise<void>
  readonly #zone: ZoneName
  readonly #options: ProofOptions
  readonly #rows: Map<string, PushRow>
  /** Whose proof `all` waits for. */
  readonly #active: readonly string[]
  readonly #startedAt: number
  #early: Array<() => void> | undefined = []
  #event = 0
  #provision: Provision | undefined
  #end: () => void = () => undefined

  constructor(zone: ZoneName, options: ProofOptions) {
    this.#zone = zone
    this.#options = options
    this.#startedAt = options.now()
    const row = ({name, active, paused}: PushOptions['secondaries'][number]): PushRow => ({
      secondary: name,
      state: active ? 'waiting' : paused ? 'paused' : 'inactive',
    })
    this.#rows = new Map(options.secondaries.map((secondary) => [secondary.name, row(secondary)]))
    this.#active = options.secondaries.filter(({active}) => active).map(({name}) => name)
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** The event is in the stream. */
  published(sequence: number): void {
    this.#event = sequence
    const early = this.#early ?? []
    this.#early = undefined
    for (const look of early) look()
    this.#changed()
  }

  provided(provision: Provision): void {
    if (this.#early) return void this.#early.push(() => this.provided(provision))
    if (provision.event < this.#event) return
    this.#provision = provision
    this.#changed()
  }

  heard(receipt: Receipt): void {
    if (this.#early) return void this.#early.push(() => this.heard(receipt))
    if (receipt.event < this.#event) return
    this.#rows.set(receipt.secondary, this.#rowOf(receipt))
    this.#changed()
  }

  report(): PushReport {
    const provision = this.#provision
    return {
      zone: this.#zone,
      confirmed: this.#isConfirmed && provision?.outcome !== 'absent' && provision?.outcome !== 'failed',
      provision: provision?.outcome ?? 'none',
      ...(provision?.outcome === 'failed' ? {error: provision.error} : {}),
      secondaries: [...this.#rows.values()],
    }
  }

  #rowOf(receipt: Receipt): PushRow {
    const {secondary, outcome} = receipt
    const row = {secondary, state: outcome, ms: this.#options.now() - this.#startedAt}
    if (receipt.outcome === 'served') return {...row, serial: receipt.serial}
    return receipt.outcome === 'failed' ? {...row, error: receipt.error} : row
  }

  get #isConfirmed(): boolean {
    return areEnough(this.#options.waitFor, this.#active, this.#rows)
  }

  #changed(): void {
    this.#options.onProgress?.(this.report())
    const provision = this.#provision
    // A failure may heal within the time that is left, but not what nobody knows, or what waits for a person.
    const final = provision?.outcome === 'failed' && waitsForDecision(provision.error.code)
    if (final || provision?.outcome === 'absent' || this.#isConfirmed) this.#end()
  }
}

/** It serves the zone as it shall be, or no longer. */
export function isProof({state}: Pick<PushRow, 'state'>): boolean {
  return state === 'served' || state === 'removed'
}

/** Nobody waits for it. */
export function isAway({state}: Pick<PushRow, 'state'>): boolean {
  return state === 'inactive' || state === 'paused'
}

/** Whether as many have proved it as are waited for. `active`: whose proof `all` waits for. */
export function areEnough(
  waitFor: WaitFor,
  active: readonly string[],
  rows: ReadonlyMap<string, PushRow>,
): boolean {
  const isProved = (row: PushRow | undefined) => row !== undefined && isProof(row)
  // One that came meanwhile does not stand in for one that was there.
  if (waitFor === 'all') return active.every((name) => isProved(rows.get(name)))
  const proved = [...rows.values()].filter(isProved).length
  return proved >= (waitFor === 'any' ? 1 : waitFor)
}

export function noSecondary(known: number): NoSecondaryError {
  const why = known === 0 ? 'no secondary has ever sent a heartbeat' : 'no secondary is active'
  return new NoSecondaryError(`${why}, so nobody could confirm`, {
    hints: ['Start `pdist daemon syncer` on a secondary, with the same `broker.servers` and `broker.prefix`'],
  })
}
