import type {ZoneName} from '../../dns/name.js'
import {reportOf} from '../../errors.js'
import type {Logger} from '../../logger.js'
import type {ZoneProblem} from '../../zone/heartbeat.js'
import type {Receipt} from '../../zone/report.js'
import {ReplayedStateError} from '../errors.js'
import {Lateness} from './lateness.js'
import type {SyncJob} from './sync-jobs.js'
import type {Proof} from './sync-zone.js'

export interface OutcomesOptions {
  secondary: string
  log: Logger
  now(): number
  receipt(receipt: Receipt): void
}

/** What came of the jobs: which zones are late and since when, what is the matter with which, and the receipts that say so. */
export class Outcomes {
  readonly late = new Lateness()
  readonly #options: OutcomesOptions
  readonly #problems = new Map<ZoneName, ZoneProblem>()

  constructor(options: OutcomesOptions) {
    this.#options = options
  }

  get problems(): readonly ZoneProblem[] {
    return [...this.#problems.values()]
  }

  problemOf(zone: ZoneName): ZoneProblem | undefined {
    return this.#problems.get(zone)
  }

  /** The job is done; `newer` is what came for the zone meanwhile. Without a proof there is nothing to tell of. */
  done(job: SyncJob, proof: Proof | undefined, newer: SyncJob | undefined): void {
    const {zone} = job
    const ms = this.#msSince(job)
    this.late.served(zone, newer?.delivery && newer.since)
    const {secondary, log, now, receipt} = this.#options
    if (this.#problems.delete(zone)) log.info({event: 'zone.healed', zone}, 'zone is right again')
    if (!proof) return
    const {transferred, ...proved} = proof
    log.info(
      {...proved, event: `zone.${proved.outcome}`, covers: proof.event, zone, transferred, ms},
      'zone proved',
    )
    const ordered = job.ordered > 0 ? {ordered: job.ordered} : {}
    receipt({...proved, ...ordered, secondary, zone, ms, at: now()})
  }

  /** The job failed, for the `failures`th time in a row, and is tried again in `retryInMs` milliseconds. */
  failed(job: SyncJob, error: unknown, {failures, retryInMs}: {failures: number; retryInMs: number}): void {
    const {zone, delivery} = job
    const {secondary, log, now, receipt} = this.#options
    const report = reportOf(error)
    this.#problems.set(zone, {...report, zone, since: this.#problems.get(zone)?.since ?? now()})
    log.warn(
      {event: 'zone.not_served', zone, failures, retryInMs, error: report},
      'zone is not served, will retry',
    )
    const event = Math.max(job.event, delivery?.state.event ?? 0)
    const revision = delivery?.state.revision ?? 0
    const ms = this.#msSince(job)
    const replayed = error instanceof ReplayedStateError ? {sequence: error.sequence} : {}
    receipt({secondary, zone, revision, event, ms, at: now(), outcome: 'failed', error: report, ...replayed})
  }

  /** For how long the zone has been late. */
  #msSince({zone, since}: SyncJob): number {
    return this.#options.now() - (this.late.since(zone) ?? since)
  }
}
