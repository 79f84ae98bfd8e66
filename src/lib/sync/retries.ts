import {sleep} from '../async/abort.js'
import type {ZoneName} from '../dns/name.js'
import type {SyncJob} from './sync-jobs.js'

/** What is left of a job when its delivery went back to the broker. */
export type Retry = Omit<SyncJob, 'delivery' | 'body'>

/** Jobs that failed and that nobody but us would try again, at most one for each zone: they do not pile up. */
export class Retries {
  readonly #waiting = new Map<ZoneName, Retry>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #again: (retry: Retry) => void
  readonly #signal: AbortSignal

  /** `again` is called after the delay, unless the signal is aborted. */
  constructor(again: (retry: Retry) => void, signal: AbortSignal) {
    this.#again = again
    this.#signal = signal
  }

  get size(): number {
    return this.#waiting.size
  }

  add({zone, event, force, failures, since}: Retry, delayMs: number): void {
    const waiting = this.#waiting.get(zone)
    if (waiting) {
      waiting.event = Math.max(waiting.event, event)
      waiting.force ||= force
      return
    }
    this.#waiting.set(zone, {zone, event, force, failures, since})
    const retry = this.#after(zone, delayMs).finally(() => this.#underWay.delete(retry))
    this.#underWay.add(retry)
  }

  /** Resolves, once the signal is aborted, when none is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #after(zone: ZoneName, delayMs: number): Promise<void> {
    await sleep(delayMs, this.#signal).catch(() => undefined)
    const retry = this.#waiting.get(zone)
    this.#waiting.delete(zone)
    if (retry && !this.#signal.aborted) this.#again(retry)
  }
}
