import {isAbortOf, sleep} from '../../async/abort.js'
import {backoff} from '../../async/backoff.js'
import type {ZoneName} from '../../dns/name.js'

export interface NoticesOptions {
  /** Passes one notice on; rejects where it could not. */
  pass(zone: ZoneName): Promise<void>
  /** Told of a failure: it is tried again, later and later. */
  onFailed(error: unknown): void
  now(): number
  /** Of one zone, no more than one notice in so many milliseconds is passed on. */
  quietMs?: number
  /** So many zones may wait at once; what comes beyond is dropped. */
  maxWaiting?: number
}

interface Quiet {
  until: number
  /** Whether another notice came meanwhile. */
  again: boolean
}

/** Passed on at the same time. */
const BATCH = 32
const RETRY = {firstMs: 200, maxMs: 10_000}

/**
 * Calms a storm of notices about zones. The first of a zone is passed on at once; all that come within the quiet time after it
 * become one more at its end, since what they tell may be newer than what was looked at meanwhile.
 */
export class Notices {
  readonly #options: Required<NoticesOptions>
  readonly #due = new Set<ZoneName>()
  /** In the order in which their quiet ends. */
  readonly #quiet = new Map<ZoneName, Quiet>()
  #wake = () => {}

  constructor(options: NoticesOptions) {
    this.#options = {quietMs: 1000, maxWaiting: 10_000, ...options}
  }

  /** Zones of which a notice waits to be passed on. */
  get waiting(): number {
    let again = 0
    for (const quiet of this.#quiet.values()) if (quiet.again) again++
    return this.#due.size + again
  }

  /** False where too many zones wait already: this notice is dropped. */
  heard(zone: ZoneName): boolean {
    const quiet = this.#quiet.get(zone)
    if (quiet && quiet.until > this.#options.now()) quiet.again = true
    else if (!this.#due.has(zone)) {
      if (this.#due.size >= this.#options.maxWaiting) return false
      this.#due.add(zone)
      this.#wake()
    }
    return true
  }

  /** Passes notices on, for ever; resolves when aborted. What waits then is lost. */
  async run(signal: AbortSignal): Promise<void> {
    let delays = backoff(RETRY)
    while (!signal.aborted) {
      const zones = this.#take()
      if (zones.length === 0) await this.#rest(this.#msToNext(), signal)
      else if (await this.#pass(zones, signal)) delays = backoff(RETRY)
      else await sleep(delays.next().value, signal).catch(() => undefined)
    }
  }

  /** Ends what has been quiet for long enough, and returns the next zones to be passed on. */
  #take(): ZoneName[] {
    const {now, maxWaiting} = this.#options
    for (const [zone, {until, again}] of this.#quiet) {
      if (until > now() && this.#quiet.size <= maxWaiting) break
      this.#quiet.delete(zone)
      if (again) this.#due.add(zone)
    }
    const zones = [...this.#due.values().take(BATCH)]
    for (const zone of zones) {
      this.#due.delete(zone)
      // Before it is passed on: what is heard meanwhile comes too late for it.
      this.#quiet.delete(zone)
      this.#quiet.set(zone, {until: now() + this.#options.quietMs, again: false})
    }
    return zones
  }

  /** False where any failed; those wait again. */
  async #pass(zones: readonly ZoneName[], signal: AbortSignal): Promise<boolean> {
    const {pass, onFailed} = this.#options
    const outcomes = await Promise.allSettled(zones.map((zone) => pass(zone)))
    const failures = outcomes.flatMap((outcome, i) => (outcome.status === 'rejected' ? [{outcome, i}] : []))
    for (const {i} of failures) this.#due.add(zones[i] as ZoneName)
    const [first] = failures
    if (first && !isAbortOf(signal, first.outcome.reason)) onFailed(first.outcome.reason)
    return failures.length === 0
  }

  #msToNext(): number | undefined {
    const [next] = this.#quiet.values()
    return next && Math.max(0, next.until - this.#options.now())
  }

  async #rest(ms: number | undefined, signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await sleep(ms ?? LONG_MS, AbortSignal.any([signal, woken.signal])).catch(() => undefined)
  }
}

const LONG_MS = 3_600_000
