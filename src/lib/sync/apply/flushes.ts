import {isAbortOf, sleep} from '../../async/abort.js'
import {backoff} from '../../async/backoff.js'
import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import type {SecondaryApi} from '../secondary.js'

/** A query that began before the commit can put its old answer into PowerDNS's cache this long after it. */
const AFTER_MS = 150
/** Where this is the only flush: a few in a hundred changes are not seen before it where somebody asks all the time. */
const SOON_MS = 40
/** With so many other zones that changed a moment ago, PowerDNS has no time for two flushes of each. */
const MANY = 2
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
 * flush, so with several zones under way only the second time is left, and comes sooner.
 */
export class Flushes {
  readonly #options: FlushesOptions
  /** Zones that are being brought to a version. */
  #underWay = 0
  /** Of these, those that were not flushed at once. */
  readonly #owed = new Set<ZoneName>()
  /** Zones that will be flushed, and whether they changed once more since. */
  readonly #waiting = new Map<ZoneName, {again: boolean}>()
  /** Of these, those for which PowerDNS would not do it: they say nothing of how much it has to do. */
  readonly #failing = new Set<ZoneName>()
  readonly #pending = new Set<Promise<void>>()

  constructor(options: FlushesOptions) {
    this.#options = options
  }

  /** A zone is being brought to a version, until what is returned is called. */
  begin(zone: ZoneName): () => void {
    this.#underWay += 1
    return () => {
      this.#underWay -= 1
      this.#owed.delete(zone)
    }
  }

  /** With `metadata`, whatever else is under way. Rejects with an error of the API. */
  async atOnce(zone: ZoneName, signal: AbortSignal, {metadata}: {metadata: boolean}): Promise<void> {
    const isCounted = this.#waiting.has(zone) && !this.#failing.has(zone)
    const others = this.#waiting.size - this.#failing.size - (isCounted ? 1 : 0)
    const isBusy = this.#underWay > 1 || others >= MANY
    // At the end there is no later.
    if (isBusy && !metadata && !this.#options.signal.aborted) {
      this.#owed.add(zone)
      return
    }
    await this.#options.api.flush(zone, signal, {metadata})
  }

  /** In a moment; a zone that changes all the time is flushed every moment. */
  later(zone: ZoneName): void {
    const waiting = this.#waiting.get(zone)
    if (waiting) {
      waiting.again = true
      return
    }
    const flushed = this.#flushLater(zone, this.#owed.has(zone) ? SOON_MS : AFTER_MS).finally(() =>
      this.#pending.delete(flushed),
    )
    this.#pending.add(flushed)
  }

  /** Resolves when none is pending: at once after the signal is aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  async #flushLater(zone: ZoneName, afterMs: number): Promise<void> {
    const {api, log, signal} = this.#options
    const waiting = {again: true}
    this.#waiting.set(zone, waiting)
    let delays = backoff(RETRY)
    let delay = afterMs
    while (waiting.again && !signal.aborted) {
      waiting.again = false
      try {
        await sleep(delay, signal)
        await api.flush(zone, signal)
        if (this.#failing.delete(zone))
          log.info({event: 'zone.flushed', zone}, 'caches were flushed after all')
        delays = backoff(RETRY)
        delay = AFTER_MS
      } catch (error) {
        if (isAbortOf(signal, error)) break
        if (!this.#failing.has(zone))
          log.warn(
            {event: 'zone.flush_failed', zone, error},
            'caches were not flushed again, which will be tried until it is done',
          )
        this.#failing.add(zone)
        waiting.again = true
        delay = delays.next().value
      }
    }
    this.#waiting.delete(zone)
    this.#failing.delete(zone)
  }
}
