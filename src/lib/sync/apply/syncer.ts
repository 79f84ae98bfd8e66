import {isAbortOf} from '../../async/abort.js'
import {KeyedQueue} from '../../async/keyed-queue.js'
import type {ZoneName} from '../../dns/name.js'
import type {ZoneStanding} from '../../zone/command.js'
import {formatFingerprint} from '../../zone/fingerprint.js'
import type {ZoneProblem} from '../../zone/heartbeat.js'
import type {Announcement, Provision} from '../../zone/report.js'
import type {Version} from '../../zone/version.js'
import {ForeignZoneError, KeptOutError} from '../errors.js'
import type {ServedState} from '../secondary.js'
import {servedFingerprint} from '../verify.js'
import type {Applier} from './apply.js'
import {Outcomes, type OutcomesOptions} from './outcomes.js'
import {Retries, retryDelay} from './retries.js'
import {Rooms, type RoomsOptions} from './rooms.js'
import {type Delivery, type SyncJob, SyncJobs} from './sync-jobs.js'
import {type SnapshotStore, syncZone} from './sync-zone.js'
import type {Trust} from './trust.js'

export interface SyncerOptions extends RoomsOptions, OutcomesOptions {
  applier: Applier
  trust: Trust
  served: ServedState
  store: SnapshotStore
  retryMaxMs: number
  /** Aborted when no more zones should be begun. */
  signal: AbortSignal
}

const HELD_BYTES = 32 * 1024 * 1024
const WORKING_EVERY_MS = 3000

/** Brings one secondary to the store's state and proves it: serial per zone, parallel across zones, large zones apart. */
export class Syncer {
  readonly #options: SyncerOptions
  readonly #jobs = new SyncJobs(HELD_BYTES)
  readonly #queue = new KeyedQueue<ZoneName>(Number.POSITIVE_INFINITY)
  readonly #rooms: Rooms
  readonly #running = new Map<ZoneName, SyncJob>()
  readonly #outcomes: Outcomes
  readonly #retries: Retries
  readonly #cut = new AbortController()
  readonly #keepAlive: NodeJS.Timeout
  #held = false

  constructor(options: SyncerOptions) {
    this.#options = options
    this.#rooms = new Rooms(options)
    this.#outcomes = new Outcomes(options)
    this.#retries = new Retries((job) => this.#merge(job.zone, job), options.signal)
    this.#keepAlive = setInterval(() => {
      this.#sayWorking()
      this.#rooms.look()
    }, WORKING_EVERY_MS)
  }

  /** Zones whose newest state is not served yet. */
  get pending(): number {
    return this.#outcomes.late.size
  }

  /** Seconds since the oldest state came that is not served yet. */
  get lag(): number {
    return this.#outcomes.late.longest(this.#options.now()) / 1000
  }

  get problems(): readonly ZoneProblem[] {
    return this.#outcomes.problems
  }

  /** A new state of a zone; it is acknowledged when it is served. */
  handle({body, ...delivery}: Delivery): void {
    const {state, live} = delivery
    // What somebody just changed goes before what is only caught up with.
    const urgent = live && state.event > 0
    this.#merge(state.zone, {delivery, urgent, ...(body ? {body} : {})})
  }

  /** A zone that was changed just now, while its state waits behind many others. */
  hurry(zone: ZoneName): void {
    this.#merge(zone, {urgent: true})
  }

  /** A zone-provider is about to make a new version of a zone. With other work at hand that is of no use. */
  announced({zone, replaces}: Announcement): void {
    const {applier, signal} = this.#options
    const isIdle = !this.#held && this.#running.size === 0 && this.#outcomes.late.size === 0
    if (isIdle && !signal.aborted) applier.expect(zone, replaces, this.#cut.signal)
  }

  /** An event that changed nothing wants this secondary's proof all the same. */
  covered(provision: Provision): void {
    const {zone, event, outcome} = provision
    if (outcome === 'unchanged' || outcome === 'tombstone')
      this.#merge(zone, {event, leastRevision: provision.revision, urgent: true})
  }

  /**
   * Brings the zone to the store's newest state; with `force`, also where it seems to be there already. The receipt says so with
   * `ordered`, or a later one.
   */
  resync(zone: ZoneName, {force, ordered = 0}: {force: boolean; ordered?: number}): void {
    this.#merge(zone, {force, ordered})
  }

  /** The zone was seen to be other than proved. */
  repair(zone: ZoneName): void {
    if (this.#held) return
    this.#options.applier.doubt(zone)
    this.#merge(zone, {force: true})
  }

  /** Removes zones that the store knows nothing of; whatever it knows by then is applied instead. */
  removeOrphans(zones: readonly ZoneName[]): void {
    for (const zone of zones) this.#merge(zone, {orphan: true})
  }

  /** What failed is tried again at once: PowerDNS was away, and is back. */
  retryNow(): void {
    this.#retries.hurry()
  }

  /** Whether nothing is under way for the zone, and nothing waits. */
  isSettled(zone: ZoneName): boolean {
    if (this.#held || this.#jobs.peek(zone) || this.#retries.has(zone)) return false
    return !this.#running.has(zone)
  }

  async stand(zone: ZoneName): Promise<ZoneStanding> {
    const {applier, served, now, signal} = this.#options
    const fingerprint = await servedFingerprint(served, {zone}, signal)
    const revision = applier.proved(zone)?.revision
    const since = this.#outcomes.late.since(zone)
    const problem = this.#outcomes.problemOf(zone)
    return {
      zone,
      lag: since === undefined ? 0 : (now() - since) / 1000,
      ...(revision === undefined ? {} : {revision}),
      ...(fingerprint ? {served: formatFingerprint(fingerprint), serial: fingerprint.serial} : {}),
      ...(problem ? {problem: {code: problem.code, message: problem.message, hints: problem.hints}} : {}),
    }
  }

  /**
   * Begins nothing more until `release`: what the broker delivered goes back to it, what others want is not heard, so that
   * a comparison has to find it afterwards. Resolves when nothing runs any more.
   */
  async hold(): Promise<void> {
    this.#held = true
    this.#options.applier.close()
    await this.#queue.idle()
  }

  release(): void {
    this.#held = false
  }

  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  /** The store was made anew: its revisions begin again, and what the old one had delivered will not come again. */
  forget(): void {
    this.#options.applier.forget()
    this.#jobs.forgetDeliveries()
    this.#retries.forgetDeliveries()
    for (const zone of this.#outcomes.late.zones) this.resync(zone, {force: false})
  }

  /** Resolves when all that was begun is settled, or cut off at the deadline; the rest stays with the broker. */
  async drain(deadline: AbortSignal): Promise<void> {
    const cut = () => this.#cut.abort(deadline.reason)
    if (deadline.aborted) cut()
    else deadline.addEventListener('abort', cut, {once: true})
    await this.#queue.idle()
    this.#options.applier.close()
    deadline.removeEventListener('abort', cut)
    clearInterval(this.#keepAlive)
    await Promise.all([this.#retries.settled(), this.#options.applier.settled()])
  }

  #merge(zone: ZoneName, job: Partial<SyncJob>): void {
    if (this.#held) return void job.delivery?.retryIn(0)
    const since = this.#options.now()
    if (job.delivery) this.#outcomes.late.came(zone, since)
    const nothing = {
      zone,
      event: 0,
      leastRevision: 0,
      force: false,
      orphan: false,
      urgent: false,
      failures: 0,
      since,
    }
    const isFirst = this.#jobs.merge({...nothing, ordered: 0, ...job})
    if (!isFirst && job.urgent) this.#rooms.hurry(zone)
    if (!isFirst) return
    const enter = () => this.#rooms.enter(zone, this.#jobs.peek(zone), (room) => this.#begin(zone, room))
    void this.#queue.add(zone, enter)
  }

  /** The job is taken only when there is room, so that it has all that came while it waited. */
  async #begin(zone: ZoneName, {large}: {large: boolean}): Promise<'not-admitted' | undefined> {
    const job = this.#jobs.take(zone)
    if (!job) return undefined
    if (!this.#held && !this.#options.signal.aborted) return this.#perform(job, {large})
    job.delivery?.retryIn(0)
    return undefined
  }

  async #perform(job: SyncJob, {large}: {large: boolean}): Promise<'not-admitted' | undefined> {
    this.#running.set(job.zone, job)
    const admits = (version: Version) => large || !this.#rooms.isLarge(version)
    try {
      const proof = await syncZone({...this.#options, admits}, job, this.#cut.signal)
      if (proof === 'not-admitted') {
        this.#jobs.merge(job)
        return proof
      }
      job.delivery?.ack()
      this.#outcomes.done(job, proof, this.#jobs.peek(job.zone))
    } catch (error) {
      this.#failed(job, error)
    } finally {
      this.#running.delete(job.zone)
    }
    return undefined
  }

  #failed(job: SyncJob, error: unknown): void {
    const {retryMaxMs, signal} = this.#options
    const failures = job.failures + 1
    // A foreign zone waits for a person, what is kept out for a newer version; all else for better times.
    const canHurry = !(error instanceof ForeignZoneError || error instanceof KeptOutError)
    const retryInMs = canHurry ? retryDelay(failures, retryMaxMs) : retryMaxMs
    this.#retries.add({...job, failures}, retryInMs, {canHurry})
    if (isAbortOf(signal, error) || isAbortOf(this.#cut.signal, error)) return
    this.#outcomes.failed(job, error, {failures, retryInMs})
  }

  #sayWorking(): void {
    for (const {delivery} of this.#jobs.values()) delivery?.working()
    for (const {delivery} of this.#retries.values()) delivery?.working()
    for (const {delivery} of this.#running.values()) delivery?.working()
  }
}
