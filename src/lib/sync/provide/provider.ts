import {sleep, withTimeout} from '../../async/abort.js'
import {KeyedQueue} from '../../async/keyed-queue.js'
import type {ZoneName} from '../../dns/name.js'
import {reportOf} from '../../errors.js'
import type {Logger} from '../../logger.js'
import {RecentMap} from '../../recent-map.js'
import {ACCEPTED_PUSH, APPROVED_PLAN, IMPORTED, REFUSED, type ZoneEvent} from '../../zone/event.js'
import type {Provision, Receipt} from '../../zone/report.js'
import {waitsForDecision} from '../errors.js'
import {Pacer} from './pacer.js'
import {type ProvideOptions, ZoneProvision} from './provide-zone.js'

/** An event with what settles it. */
export interface PendingEvent extends ZoneEvent {
  sequence: number
  delivery: number
  ack(): void
  retryIn(ms: number): void
  working(): void
}

export interface ProviderOptions extends ProvideOptions {
  /** Zones that are transferred at the same time. */
  concurrency: number
  log: Logger
  report(provision: Provision): void
  /** For metrics: one zone was looked at, after `ms` milliseconds, on behalf of so many events. */
  onProvided?(provision: Provision, events: number, ms: number): void
  /** Aborted when no more zones should be begun. */
  signal: AbortSignal
}

/** The sources of events by which somebody said that a loss is meant. A push alone only asks what is there. */
const OPERATORS: ReadonlySet<string> = new Set([ACCEPTED_PUSH, IMPORTED, APPROVED_PLAN])
const WORKING_EVERY_MS = 3000
/** Beyond what transfers may take by their own limits: only a fault can take so long. */
const GIVE_UP_MS = 4 * 3_600_000
/** When to look again at a zone that the primary was asked to transfer itself: nothing tells when that has ended. */
const LOOK_AGAIN_MS = [1000, 5000, 30_000]
/** For what waits for a decision, after which the zone is looked at again at once. */
const DECIDED_RETRY_MS = 600_000
/** With no more zones at the same time, and no more of them lately, everybody has the time to prepare for a version. */
const FEW = 2
const FEW_LATELY = 20
const LATELY_MS = 1000
const RETRY_MS = [200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000]

/** Answers events by bringing the store up to date: serial per zone, parallel across zones, one transfer for many events. */
export class Provider {
  readonly #options: ProviderOptions
  readonly #provision: ZoneProvision
  readonly #queue: KeyedQueue<ZoneName>
  readonly #pacer = new Pacer()
  /** Events of zones whose transfer has not begun: it will cover them all. */
  readonly #waiting = new Map<ZoneName, PendingEvent[]>()
  /** Zones whose transfer is under way: how soon the next one may begin is known when it ends. */
  readonly #transferring = new Set<ZoneName>()
  readonly #settling = new Set<PendingEvent>()
  /** Zones that were begun with a moment ago. */
  readonly #begun = new RecentMap<ZoneName, true>(LATELY_MS)
  #askedAt = Number.NEGATIVE_INFINITY
  readonly #keepAlive: NodeJS.Timeout

  constructor(options: ProviderOptions) {
    this.#options = options
    this.#provision = new ZoneProvision(options)
    this.#queue = new KeyedQueue(options.concurrency)
    this.#keepAlive = setInterval(() => this.#sayWorking(), WORKING_EVERY_MS)
  }

  /** Zones that are under way or wait. */
  get pending(): number {
    return this.#queue.running + this.#waiting.size
  }

  /** Whether events came a moment ago: who makes changes makes another one soon. */
  get isAsked(): boolean {
    // However far the clock was set back.
    return Math.abs(this.#options.now() - this.#askedAt) < LATELY_MS
  }

  handle(event: PendingEvent): void {
    const {zone, sequence} = event
    // A repair has none.
    if (sequence > 0) this.#askedAt = this.#options.now()
    const waiting = this.#waiting.get(zone)
    if (waiting) {
      waiting.push(event)
      return
    }
    this.#waiting.set(zone, [event])
    if (!this.#transferring.has(zone)) this.#schedule(zone)
  }

  /** A secondary's receipt: the zone may be transferred again at full speed. */
  confirmed({zone, outcome, revision}: Receipt): void {
    if (outcome !== 'failed' && !this.#waiting.has(zone)) this.#pacer.confirmed(zone, revision)
  }

  /** Resolves when all that was begun is settled. What had not begun stays with the broker, for the next one. */
  async drain(): Promise<void> {
    await this.#queue.idle()
    clearInterval(this.#keepAlive)
  }

  #schedule(zone: ZoneName): void {
    const now = this.#options.now()
    const delay = this.#pacer.delay(zone, now, {alone: this.#othersLately(zone, now) === 0})
    if (delay === 0) this.#enqueue(zone)
    else
      void sleep(delay, this.#options.signal).then(
        () => this.#enqueue(zone),
        () => this.#release(zone),
      )
  }

  #enqueue(zone: ZoneName): void {
    void this.#queue.add(zone, () => this.#run(zone))
  }

  async #run(zone: ZoneName): Promise<void> {
    if (this.#options.signal.aborted) return this.#release(zone)
    const events = this.#take(zone)
    this.#transferring.add(zone)
    const newest = events.reduce((a, b) => (b.sequence > a.sequence ? b : a))
    const started = this.#options.now()
    this.#begun.set(zone, true, started)
    for (const event of events) this.#settling.add(event)
    try {
      const outcome = await this.#provide(zone, newest, events)
      for (const event of events) settle(event)
      this.#tell({...outcome, zone, event: newest.sequence, at: this.#options.now()}, events.length, started)
    } catch (error) {
      const report = reportOf(error)
      const delay = waitsForDecision(report.code) ? DECIDED_RETRY_MS : retryDelay(newest.delivery)
      for (const event of events) event.retryIn(delay)
      const failure = {outcome: 'failed', error: report, zone, event: newest.sequence} as const
      this.#tell({...failure, at: this.#options.now()}, events.length, started)
    } finally {
      for (const event of events) this.#settling.delete(event)
      this.#transferring.delete(zone)
      if (this.#waiting.has(zone)) this.#schedule(zone)
    }
  }

  /** Not under the daemon's signal: what was begun is finished, within the limits of its transfer. */
  #provide(zone: ZoneName, {sequence, verb}: PendingEvent, events: readonly PendingEvent[]) {
    const why = {
      asked: events.some(isAsked),
      refused: events.some(isRefusal),
      imminent: this.#isCalm && events.every(isChange),
    }
    return withTimeout(GIVE_UP_MS, undefined, (signal) =>
      this.#provision.provide(zone, sequence, verb === 'deleted', signal, why),
    )
  }

  get #isCalm(): boolean {
    return this.#queue.running <= FEW && this.#begun.size(this.#options.now()) <= FEW_LATELY
  }

  #othersLately(zone: ZoneName, now: number): number {
    return this.#begun.size(now) - (this.#begun.get(zone, now) ? 1 : 0)
  }

  #take(zone: ZoneName): PendingEvent[] {
    const events = this.#waiting.get(zone) ?? []
    this.#waiting.delete(zone)
    return events
  }

  /** Gives events back to the broker at once, for another instance. */
  #release(zone: ZoneName): void {
    for (const event of this.#take(zone)) event.retryIn(0)
  }

  #tell(provision: Provision, events: number, started: number): void {
    const {log, report, onProvided, now} = this.#options
    const {zone, outcome, event} = provision
    const ms = now() - started
    if (outcome === 'stored' || outcome === 'tombstone') this.#pacer.stored(zone, provision.revision, now())
    if (this.#provision.isLarge(zone)) this.#pacer.took(zone, ms, now())
    if (outcome === 'failed') {
      // What is held was said when it was held.
      const level = waitsForDecision(provision.error.code) ? 'debug' : 'warn'
      log[level](
        {event: 'zone.failed', zone, events, ms, error: provision.error},
        'zone cannot be provided, will retry',
      )
    } else {
      log.info({event: `zone.${outcome}`, zone, covers: event, events, ms}, 'zone provided')
    }
    // A repair answers nobody.
    if (event > 0) report(provision)
    onProvided?.(provision, events, ms)
  }

  #sayWorking(): void {
    for (const event of this.#settling) event.working()
    for (const events of this.#waiting.values()) for (const event of events) event.working()
  }
}

/** Whether somebody wanted the zone changed, rather than noticed that it was. */
function isAsked({source, verb}: PendingEvent): boolean {
  return source === 'api-proxy' ? verb !== 'refresh' : OPERATORS.has(source)
}

function isChange({source, verb}: PendingEvent): boolean {
  return source === 'api-proxy' && verb === 'modified'
}

/** Not what the broker says to be one. */
function isRefusal({source, sequence}: PendingEvent): boolean {
  return source === REFUSED && sequence === 0
}

function settle(event: PendingEvent): void {
  const again = event.call?.endsWith('/axfr-retrieve') ? LOOK_AGAIN_MS[event.delivery - 1] : undefined
  if (again === undefined) event.ack()
  else event.retryIn(again)
}

function retryDelay(delivery: number): number {
  return RETRY_MS[Math.min(delivery, RETRY_MS.length) - 1] ?? 0
}
