import {isAbortOf, sleep} from '../../async/abort.js'
import {backoff} from '../../async/backoff.js'
import {ShareOfTime} from '../../async/share-of-time.js'
import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import type {SecondaryApi} from '../secondary.js'

/** A query that began before the commit can put its old answer into PowerDNS's cache this long after it. */
const AFTER_MS = 150
/** Where this is the only flush: a few in a hundred changes are not seen before it where somebody asks all the time. */
const SOON_MS = 40
/** Where flushing takes longer than this, PowerDNS has no time for two flushes of each change. */
const ALL_FLUSHES = {share: 0.25, burstMs: 50}
/** PowerDNS goes on serving from its caches what it could not be told to forget. */
const RETRY = {firstMs: AFTER_MS, maxMs: 60_000}

export interface FlushesOptions {
  api: Pick<SecondaryApi, 'flush'>
  log: Logger
  signal: AbortSignal
}

/**
 * Has PowerDNS forget what it cached of zones whose versions changed: at once, since what was served before may have been cached again
 * in the moment of the commit, and once more a moment later, until PowerDNS has done it. Half of what a change costs PowerDNS is to
 * flush, so where it has to do much only the second time is left, and comes sooner.
 */
export class Flushes {
  readonly #options: FlushesOptions
  readonly #time = new ShareOfTime(ALL_FLUSHES)
  /** Zones that should have been flushed at once, and were not. */
  readonly #owed = new Set<ZoneName>()
  /** Zones that will be flushed, and whether they changed once more since. */
  readonly #waiting = new Map<ZoneName, {again: boolean}>()
  readonly #pending = new Set<Promise<void>>()

  constructor(options: FlushesOptions) {
    this.#options = options
  }

  /** With `metadata`, whatever PowerDNS has to do. Rejects with an error of the API. */
  async atOnce(zone: ZoneName, signal: AbortSignal, {metadata}: {metadata: boolean}): Promise<void> {
    const isLeft = metadata || this.#time.isLeft(performance.now())
    // At the end there is no later.
    if (isLeft || this.#options.signal.aborted) await this.#flush(zone, signal, {metadata})
    else this.#owed.add(zone)
  }

  /** In a moment; a zone that changes all the time is flushed every moment. */
  later(zone: ZoneName): void {
    const afterMs = this.#owed.delete(zone) ? SOON_MS : AFTER_MS
    const waiting = this.#waiting.get(zone)
    if (waiting) {
      waiting.again = true
      return
    }
    const flushed = this.#flushLater(zone, afterMs).finally(() => this.#pending.delete(flushed))
    this.#pending.add(flushed)
  }

  /** Resolves when none is pending: at once after the signal is aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  async #flushLater(zone: ZoneName, afterMs: number): Promise<void> {
    const {log, signal} = this.#options
    const waiting = {again: true}
    this.#waiting.set(zone, waiting)
    let delays = backoff(RETRY)
    let delay = afterMs
    let isFailing = false
    while (waiting.again && !signal.aborted) {
      waiting.again = false
      try {
        await sleep(delay, signal)
        await this.#flush(zone, signal)
        if (isFailing) log.info({event: 'zone.flushed', zone}, 'caches were flushed after all')
        isFailing = false
        delays = backoff(RETRY)
        delay = AFTER_MS
      } catch (error) {
        if (isAbortOf(signal, error)) break
        if (!isFailing) {
          const words = 'caches were not flushed again, which will be tried until it is done'
          log.warn({event: 'zone.flush_failed', zone, error}, words)
        }
        isFailing = true
        waiting.again = true
        delay = delays.next().value
      }
    }
    this.#waiting.delete(zone)
  }

  /** What fails takes PowerDNS no time. */
  async #flush(zone: ZoneName, signal: AbortSignal, options?: {metadata: boolean}): Promise<void> {
    const begun = performance.now()
    await this.#options.api.flush(zone, signal, options)
    const ended = performance.now()
    this.#time.spent(ended - begun, ended)
  }
}
