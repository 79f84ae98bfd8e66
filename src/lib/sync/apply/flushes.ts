import {isAbortOf} from '../../async/abort.js'
import {backoff} from '../../async/backoff.js'
import {Bell} from '../../async/bell.js'
import {ShareOfTime} from '../../async/share-of-time.js'
import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import type {SecondaryApi} from '../secondary.js'

/** A query that began before the commit can put its old answer into PowerDNS's cache this long after it. */
const AFTER_MS = 150
/** Where this is the only flush: a few in a hundred changes are not seen before it where somebody asks all the time. */
const SOON_MS = 40
/** Where flushing takes longer than this, PowerDNS has no time for two flushes of each change. */
const ALL_FLUSHES = {share: 0.25, burstMs: 50, mostOwedMs: 250}
/** PowerDNS goes on serving from its caches what it could not be told to forget. */
const RETRY = {firstMs: AFTER_MS, maxMs: 5_000}
/** For what is still owed when all ends. */
const LAST_MS = 1_000

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
  /** Zones that will be flushed. */
  readonly #waiting = new Map<ZoneName, Waiting>()
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
    const isOwed = this.#owed.delete(zone)
    const at = performance.now() + (isOwed ? SOON_MS : AFTER_MS)
    const waiting = this.#waiting.get(zone)
    if (waiting) {
      waiting.last = Math.max(waiting.last, at)
      waiting.isOwed ||= isOwed
      // It may have been put off for long, after PowerDNS would not do it.
      if (at >= waiting.due) return
      waiting.due = at
      waiting.sooner.ring()
      return
    }
    const flushed = this.#flushLater(zone, {
      due: at,
      last: at,
      isOwed,
      sooner: new Bell(),
    }).finally(() => this.#pending.delete(flushed))
    this.#pending.add(flushed)
  }

  /** Resolves when none is pending: soon after the signal is aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  async #flushLater(zone: ZoneName, waiting: Waiting): Promise<void> {
    const {log, signal} = this.#options
    this.#waiting.set(zone, waiting)
    let delays = backoff(RETRY)
    let isFailing = false
    while (waiting.due < Number.POSITIVE_INFINITY) {
      try {
        await untilDue(waiting, signal)
        const begun = performance.now()
        // What comes from now on needs another one.
        waiting.due = Number.POSITIVE_INFINITY
        waiting.isOwed = false
        await this.#flush(zone, signal)
        if (isFailing) log.info({event: 'zone.flushed', zone}, 'caches were flushed after all')
        isFailing = false
        delays = backoff(RETRY)
        if (waiting.last > begun) waiting.due = waiting.last
      } catch (error) {
        if (isAbortOf(signal, error)) break
        if (!isFailing) {
          const words = 'caches were not flushed again, which will be tried until it is done'
          log.warn({event: 'zone.flush_failed', zone, error}, words)
        }
        isFailing = true
        waiting.isOwed = true
        waiting.due = Math.min(waiting.due, performance.now() + delays.next().value)
      }
    }
    this.#waiting.delete(zone)
    if (waiting.isOwed) await this.#flushAtTheEnd(zone)
  }

  /** Nobody else would: what was cached in the moment of the commit would be served for as long as caches last. */
  async #flushAtTheEnd(zone: ZoneName): Promise<void> {
    const {api, log} = this.#options
    try {
      await api.flush(zone, AbortSignal.timeout(LAST_MS))
    } catch (error) {
      log.warn({event: 'zone.flush_failed', zone, error}, 'caches were not flushed at the end')
    }
  }

  async #flush(zone: ZoneName, signal: AbortSignal, options?: {metadata: boolean}): Promise<void> {
    const begun = performance.now()
    try {
      await this.#options.api.flush(zone, signal, options)
    } finally {
      const ended = performance.now()
      this.#time.spent(ended - begun, ended)
    }
  }
}

interface Waiting {
  /** When it is flushed next, and when it is to be flushed at the latest, by the monotonic clock. */
  due: number
  last: number
  /** Whether it was not flushed since it changed. */
  isOwed: boolean
  /** Rings when `due` was put forward. */
  sooner: Bell
}

async function untilDue(waiting: Waiting, signal: AbortSignal): Promise<void> {
  const left = () => waiting.due - performance.now()
  while (left() > 0 && !signal.aborted) await waiting.sooner.wait(left(), signal)
  signal.throwIfAborted()
}
