import {isAbortOf, sleep} from '../../async/abort.js'
import {backoff} from '../../async/backoff.js'
import type {ZoneName} from '../../dns/name.js'
import {type Fingerprint, formatFingerprint} from '../../zone/fingerprint.js'

/** The primary, as it answers over DNS. */
export interface ServedByPrimary {
  /** `keys`: with the hash of DNSKEY and NSEC3PARAM where the zone is signed. Rejects where there is no answer. */
  fingerprintOf(
    zone: ZoneName,
    signal: AbortSignal,
    options: {keys: boolean},
  ): Promise<({state: 'served'} & Fingerprint) | {state: 'not-served'}>
}

/** The zone store, as far as it is known. */
export interface KnownStore {
  /** False while it is not known which zones there are. */
  readonly complete: boolean
  /** `fingerprint` as `formatFingerprint` writes it; undefined where the store has no such zone. */
  get(zone: ZoneName): {fingerprint: string; signed: boolean} | undefined
  zones(): ZoneName[]
}

/** `silent`: there was no answer; `not-served`: a deletion is not ours to find. */
export type CheckOutcome = 'same' | 'differs' | 'not-served' | 'silent' | 'failed'

export interface PrimaryCheckOptions {
  known: KnownStore
  primary: ServedByPrimary
  /** Has the zone looked at, since the primary serves something else of it than the store has. */
  refresh(zone: ZoneName): Promise<void>
  /** The time in which every zone is asked about once, in milliseconds. */
  everyMs: number
  onChecked(zone: ZoneName, outcome: CheckOutcome, error?: unknown): void
  now(): number
  random?(): number
}

const MAX_AT_ONCE = 50
/** What was missed, while the primary was silent or this process stood still, is not made up for in a hurry. */
const MAX_BEHIND_MS = 1000
const NOT_READY_MS = 1000
const SILENCE = {firstMs: 1000, maxMs: 60_000}

/**
 * Finds what the primary serves with an equal serial or without having told anybody: new signatures, keys, NSEC3 parameters. It
 * asks about one zone after the other, evenly over the given time, and leaves a primary alone that does not answer.
 */
export class PrimaryCheck {
  readonly #options: Required<PrimaryCheckOptions>
  readonly #underWay = new Set<Promise<void>>()
  /** While the primary is silent: how long to leave it alone before the next question. */
  #silence: Generator<number, never> | undefined
  #next = 0

  constructor(options: PrimaryCheckOptions) {
    this.#options = {random: Math.random, ...options}
  }

  /** Goes on for ever; resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#next = this.#options.now()
    try {
      while (!signal.aborted) await this.#round(signal)
    } catch (error) {
      if (!isAbortOf(signal, error)) throw error
    } finally {
      await Promise.all(this.#underWay)
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const {known, everyMs} = this.#options
    if (!known.complete) return sleep(NOT_READY_MS, signal)
    const zones = known.zones()
    if (zones.length === 0) await this.#pace(everyMs, signal)
    for (const zone of zones) {
      await this.#pace(everyMs / zones.length, signal)
      if (this.#silence) await sleep(this.#silence.next().value, signal)
      const check = this.#check(zone, signal).finally(() => this.#underWay.delete(check))
      this.#underWay.add(check)
      if (this.#silence) await check
      else if (this.#underWay.size >= MAX_AT_ONCE) await Promise.race(this.#underWay)
    }
  }

  /** `ms` after the last call, more or less; on average the distance is kept also where it is less than a timer can tell. */
  async #pace(ms: number, signal: AbortSignal): Promise<void> {
    const {now, random} = this.#options
    this.#next = Math.max(this.#next + ms * (0.5 + random()), now() - MAX_BEHIND_MS)
    const wait = this.#next - now()
    if (wait >= 1) await sleep(wait, signal)
    else signal.throwIfAborted()
  }

  async #check(zone: ZoneName, signal: AbortSignal): Promise<void> {
    const {known, primary, refresh, onChecked} = this.#options
    const before = known.get(zone)
    if (!before) return
    let served: Awaited<ReturnType<ServedByPrimary['fingerprintOf']>>
    try {
      served = await primary.fingerprintOf(zone, signal, {keys: before.signed})
    } catch (error) {
      if (signal.aborted) return
      this.#silence ??= backoff(SILENCE)
      onChecked(zone, 'silent', error)
      return
    }
    this.#silence = undefined
    // As it is now, not as it was when the question was asked.
    const stored = known.get(zone)
    if (!stored) return
    if (served.state === 'not-served') onChecked(zone, 'not-served')
    else if (formatFingerprint(served) === stored.fingerprint) onChecked(zone, 'same')
    else await this.#refresh(zone, refresh, onChecked)
  }

  async #refresh(
    zone: ZoneName,
    refresh: PrimaryCheckOptions['refresh'],
    onChecked: PrimaryCheckOptions['onChecked'],
  ) {
    try {
      await refresh(zone)
      onChecked(zone, 'differs')
    } catch (error) {
      onChecked(zone, 'failed', error)
    }
  }
}
