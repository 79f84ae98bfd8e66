import {aborted, withTimeout} from '../async/abort.js'
import {backoff} from '../async/backoff.js'
import {Bell} from '../async/bell.js'
import type {ZoneName} from '../dns/name.js'
import {type ErrorReport, reportOf} from '../errors.js'
import type {Receipt} from '../zone/report.js'
import {areEnough, isProof, noSecondary, type PushRow, type PushSystem, type WaitFor} from './push.js'

/** What a secondary was found to serve, where that is what is waited for. */
export type Proof = {state: 'served'; serial?: number} | {state: 'removed'}

/** What it was found to have instead. */
export interface NotYet {
  state: 'waiting'
  serial?: number
  /** Why it cannot serve it. */
  error?: ErrorReport
}

/** What is waited for. */
export interface Aim {
  /** Asks one secondary at this moment. May reject: it is asked again. */
  ask(secondary: string): Promise<Proof | NotYet>
  /** What a receipt proves by itself, if anything. Whatever it says, it is a reason to ask again. */
  read(receipt: Receipt): Proof | undefined
}

export interface ZoneWaitReport {
  zone: ZoneName
  /** Whether it is there at as many secondaries as were asked for, in time. */
  confirmed: boolean
  /** `waiting`: not in time; with the serial that it serves instead, or why it did not answer or could not serve it. */
  secondaries: PushRow[]
}

export interface ZoneWaitOptions {
  waitFor: WaitFor
  timeoutMs: number
  secondaries: ReadonlyArray<{name: string; active: boolean; paused?: boolean}>
  now(): number
  /** Told of each secondary that has it. */
  onProof?(row: PushRow): void
  signal: AbortSignal
}

/** Receipts may be lost, so it is asked again without one, too. */
const ASK_AGAIN = {firstMs: 500, maxMs: 5_000}

/**
 * Waits until so many active secondaries serve what is waited for: they are asked at once, and again when a receipt of theirs
 * comes. Rejects with NoSecondaryError where no secondary is active.
 */
export async function waitForZone(
  system: Pick<PushSystem, 'watchReceipts' | 'watching'>,
  zone: ZoneName,
  aim: Aim,
  options: ZoneWaitOptions,
): Promise<ZoneWaitReport> {
  const {secondaries, timeoutMs, signal} = options
  if (!secondaries.some(({active}) => active)) throw noSecondary(secondaries.length)
  const wait = new ZoneWait(zone, aim, options)
  const unwatch = system.watchReceipts(zone, (receipt) => wait.heard(receipt))
  const ending = new AbortController()
  try {
    await system.watching()
    wait.askAll(ending.signal)
    await withTimeout(timeoutMs, signal, (bounded) => Promise.race([wait.over, aborted(bounded)]))
    signal.throwIfAborted()
    return wait.report()
  } finally {
    ending.abort()
    unwatch()
  }
}

/** One wait on its way. */
class ZoneWait {
  /** Resolves when it is there at as many as are asked for. */
  readonly over: Promise<void>
  readonly #zone: ZoneName
  readonly #aim: Aim
  readonly #options: ZoneWaitOptions
  readonly #active: readonly string[]
  readonly #rows: Map<string, PushRow>
  readonly #bells: ReadonlyMap<string, Bell>
  readonly #startedAt: number
  #end: () => void = () => undefined

  constructor(zone: ZoneName, aim: Aim, options: ZoneWaitOptions) {
    const {secondaries, now} = options
    this.#zone = zone
    this.#aim = aim
    this.#options = options
    this.#startedAt = now()
    this.#active = secondaries.filter(({active}) => active).map(({name}) => name)
    const row = ({name, active, paused}: ZoneWaitOptions['secondaries'][number]): PushRow => ({
      secondary: name,
      state: active ? 'waiting' : paused ? 'paused' : 'inactive',
    })
    this.#rows = new Map(secondaries.map((secondary) => [secondary.name, row(secondary)]))
    this.#bells = new Map(this.#active.map((name) => [name, new Bell()]))
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Asks every active secondary until it has what is waited for; ends by the signal. */
  askAll(signal: AbortSignal): void {
    for (const [secondary, bell] of this.#bells) void this.#askUntilProved(secondary, bell, signal)
  }

  heard(receipt: Receipt): void {
    const {secondary} = receipt
    const proof = this.#aim.read(receipt)
    if (proof) this.#proved(secondary, proof)
    else if (receipt.outcome === 'failed') this.#failed(secondary, receipt.error)
    this.#bells.get(secondary)?.ring()
  }

  report(): ZoneWaitReport {
    return {zone: this.#zone, confirmed: this.#isConfirmed, secondaries: [...this.#rows.values()]}
  }

  get #isConfirmed(): boolean {
    return areEnough(this.#options.waitFor, this.#active, this.#rows)
  }

  async #askUntilProved(secondary: string, bell: Bell, signal: AbortSignal): Promise<void> {
    for (const delay of backoff(ASK_AGAIN)) {
      await this.#ask(secondary)
      if (signal.aborted || this.#isProved(secondary)) return
      await bell.wait(delay, signal)
      if (signal.aborted || this.#isProved(secondary)) return
    }
  }

  async #ask(secondary: string): Promise<void> {
    try {
      const found = await this.#aim.ask(secondary)
      if (found.state !== 'waiting') this.#proved(secondary, found)
      else if (!this.#isProved(secondary)) this.#rows.set(secondary, {secondary, ...found})
    } catch (error) {
      this.#failed(secondary, reportOf(error))
    }
  }

  #isProved(secondary: string): boolean {
    const row = this.#rows.get(secondary)
    return row !== undefined && isProof(row)
  }

  #proved(secondary: string, proof: Proof): void {
    if (this.#isProved(secondary)) return
    const {now, onProof} = this.#options
    const row = {secondary, ...proof, ms: Math.round(now() - this.#startedAt)}
    this.#rows.set(secondary, row)
    onProof?.(row)
    if (this.#isConfirmed) this.#end()
  }

  #failed(secondary: string, error: ErrorReport): void {
    if (!this.#isProved(secondary)) this.#rows.set(secondary, {secondary, state: 'waiting', error})
  }
}
