import type {ZoneName} from '../../dns/name.js'
import type {Stored} from '../../zone/version.js'

/** A zone's new state as the broker delivers it, with what settles it: exactly one of `ack` and `retryIn` ends it. */
export interface Delivery {
  state: Stored
  /** The packed messages, where they are not in the object store. */
  body?: Uint8Array
  /** 1 for the first delivery. */
  delivery: number
  /** Whether the state came into the store while we were listening; else it is one of many that are caught up with. */
  live: boolean
  ack(): void
  retryIn(ms: number): void
  working(): void
}

/** What is to be done for one zone. */
export interface SyncJob {
  zone: ZoneName
  /** The newest delivery, without its body; where there is none, the newest state is read from the store. */
  delivery?: Delivery
  /** The delivery's body, unless too much waited already: then it is read from the store when its turn comes. */
  body?: Uint8Array
  /** The newest event that waits for this secondary's proof. */
  event: number
  /** What answers that event is this revision or a newer one: where the store shows an older one, it lags behind. */
  leastRevision: number
  /** Whether to transfer even what seems to be served already. */
  force: boolean
  /** When it was last ordered to be transferred whatever it seems to be, in the clock's milliseconds; 0 where nobody did. */
  ordered: number
  /** Whether to remove the zone if the store knows nothing of it. */
  orphan: boolean
  /** Whether somebody waits for it, while others are only caught up with. */
  urgent: boolean
  /** How often it failed before. */
  failures: number
  /** When the syncer first heard of it, in the clock's milliseconds. */
  since: number
}

/** The jobs that wait, at most one for each zone: what comes while one waits is merged into it. */
export class SyncJobs {
  readonly #jobs = new Map<ZoneName, SyncJob>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of the bodies that are held, at most as many as the constructor was told. */
  get bytes(): number {
    return this.#bytes
  }

  values(): Iterable<SyncJob> {
    return this.#jobs.values()
  }

  /** Returns true where the zone had no job waiting. A delivery that a newer one replaces is acknowledged. */
  merge({delivery, body, ...job}: SyncJob): boolean {
    const waiting = this.#jobs.get(job.zone)
    const delivered = delivery && body ? {...delivery, body} : delivery
    if (!waiting) {
      const added: SyncJob = job
      this.#jobs.set(job.zone, added)
      if (delivered) this.#hold(added, delivered)
      return true
    }
    waiting.event = Math.max(waiting.event, job.event)
    waiting.leastRevision = Math.max(waiting.leastRevision, job.leastRevision)
    waiting.force ||= job.force
    waiting.ordered = Math.max(waiting.ordered, job.ordered)
    waiting.orphan ||= job.orphan
    waiting.urgent ||= job.urgent
    waiting.failures = Math.max(waiting.failures, job.failures)
    waiting.since = Math.min(waiting.since, job.since)
    if (delivered) this.#replace(waiting, delivered)
    return false
  }

  peek(zone: ZoneName): SyncJob | undefined {
    return this.#jobs.get(zone)
  }

  take(zone: ZoneName): SyncJob | undefined {
    const job = this.#jobs.get(zone)
    if (!job) return undefined
    this.#jobs.delete(zone)
    this.#bytes -= job.body?.length ?? 0
    return job
  }

  /** The store was made anew: what was delivered from the old one is no longer what the jobs are about. */
  forgetDeliveries(): void {
    for (const job of this.#jobs.values()) {
      this.#letGo(job)
      delete job.delivery
      job.leastRevision = 0
    }
  }

  #replace(waiting: SyncJob, delivery: Delivery): void {
    const older = waiting.delivery?.state.revision ?? 0
    const {revision} = delivery.state
    if (older > revision) {
      delivery.ack()
      return
    }
    // The same state again is the same message in the broker: to acknowledge it would be to forget it.
    if (older < revision) waiting.delivery?.ack()
    this.#letGo(waiting)
    this.#hold(waiting, delivery)
  }

  #hold(job: SyncJob, {body, ...delivery}: Delivery): void {
    job.delivery = delivery
    if (!body || this.#bytes + body.length > this.#maxBytes) return
    this.#bytes += body.length
    job.body = body
  }

  #letGo(job: SyncJob): void {
    this.#bytes -= job.body?.length ?? 0
    delete job.body
  }
}
