import {sleep} from '../../async/abort.js'
import type {ZoneName} from '../../dns/name.js'
import {type SyncJob, SyncJobs} from './sync-jobs.js'

const SOON_MS = 1000
const FIRST_RETRY_MS = 200

interface Wait {
  /** When the job's time comes, by the monotonic clock. */
  at: number
  /** Whether it waits for nobody but PowerDNS. */
  canHurry: boolean
  /** Ends the wait. */
  ended: AbortController
}

/**
 * Jobs that failed, at most one for each zone, until their time has come: of those that were merged, the earliest. Their deliveries
 * stay with us: the broker does not deliver again what was acknowledged once, nor the question that was merged into a job.
 */
export class Retries {
  /** Without bodies: they are read from the store again. */
  readonly #jobs = new SyncJobs(0)
  readonly #waits = new Map<ZoneName, Wait>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #again: (job: SyncJob) => void
  readonly #signal: AbortSignal

  /** `again` is called after the delay; when the signal is aborted, the deliveries go back to the broker. */
  constructor(again: (job: SyncJob) => void, signal: AbortSignal) {
    this.#again = again
    this.#signal = signal
  }

  values(): Iterable<SyncJob> {
    return this.#jobs.values()
  }

  has(zone: ZoneName): boolean {
    return this.#jobs.peek(zone) !== undefined
  }

  add(job: SyncJob, delayMs: number, {canHurry}: {canHurry: boolean}): void {
    this.#jobs.merge(job)
    const at = performance.now() + delayMs
    const before = this.#waits.get(job.zone)
    if (before && before.at <= at) return
    const wait = {at, canHurry, ended: new AbortController()}
    this.#waits.set(job.zone, wait)
    before?.ended.abort()
    const retry = this.#after(job.zone, wait, delayMs).finally(() => this.#underWay.delete(retry))
    this.#underWay.add(retry)
  }

  /** Has those be tried now that wait for nobody but PowerDNS: it is back. What comes soon anyway waits: it may be away again. */
  hurry(): void {
    const soon = performance.now() + SOON_MS
    for (const {at, canHurry, ended} of this.#waits.values()) if (canHurry && at > soon) ended.abort()
  }

  forgetDeliveries(): void {
    this.#jobs.forgetDeliveries()
  }

  /** Resolves, once the signal is aborted, when none is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #after(zone: ZoneName, wait: Wait, delayMs: number): Promise<void> {
    await sleep(delayMs, AbortSignal.any([this.#signal, wait.ended.signal])).catch(() => undefined)
    if (this.#waits.get(zone) !== wait) return
    this.#waits.delete(zone)
    const job = this.#jobs.take(zone)
    if (!job) return
    if (this.#signal.aborted) job.delivery?.retryIn(0)
    else this.#again(job)
  }
}

/** How long to wait after the `failures`th failure in a row, in milliseconds: twice as long after each. */
export function retryDelay(failures: number, maxMs: number): number {
  return Math.min(maxMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20))
}
