import type {ZoneName} from '../dns/name.js'
import type {Stored} from '../zone/version.js'

/** A zone's new state as the broker delivers it, with what settles it. */
export interface Delivery {
  state: Stored
  /** The packed messages, where they are not in the object store. */
  body: Uint8Array
  delivery: number
  ack(): void
  retryIn(ms: number): void
  working(): void
}

/** What is to be done for one zone. */
export interface SyncJob {
  zone: ZoneName
  /** The newest delivery; without one, the newest state is read from the store. */
  delivery?: Delivery
  /** The delivery's body, unless too much waited already: then it is read from the store when its turn comes. */
  body?: Uint8Array
  /** The newest event that waits for this secondary's proof. */
  event: number
  /** Whether to transfer even what seems to be served already. */
  force: boolean
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

  values(): Iterable<SyncJob> {
    return this.#jobs.values()
  }

  /** Returns true where the zone had no job waiting. A delivery that another one replaces is acknowledged. */
  merge(job: SyncJob): boolean {
    const waiting = this.#jobs.get(job.zone)
    if (!waiting) {
      this.#jobs.set(job.zone, this.#hold(job))
      return true
    }
    waiting.event = Math.max(waiting.event, job.event)
    waiting.force ||= job.force
    waiting.since = Math.min(waiting.since, job.since)
    if (job.delivery) this.#replace(waiting, job.delivery)
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

  #replace(waiting: SyncJob, delivery: Delivery): void {
    const {delivery: older} = waiting
    if (older && older.state.revision > delivery.state.revision) {
      delivery.ack()
      return
    }
    older?.ack()
    this.#bytes -= waiting.body?.length ?? 0
    delete waiting.body
    waiting.delivery = delivery
    this.#hold(waiting)
  }

  #hold(job: SyncJob): SyncJob {
    const body = job.delivery?.body
    if (!body || this.#bytes + body.length > this.#maxBytes) return job
    this.#bytes += body.length
    job.body = body
    return job
  }
}
