import type {ErrorReport} from '../../errors.js'
import type {Happening} from '../../zone/happening.js'
import type {Heartbeat} from '../../zone/heartbeat.js'
import type {HeldPlan} from '../../zone/plan.js'
import type {ChangeView} from './changes.js'
import {assessHealth, type DaemonHealth, type HealthSnapshot, type StreamHealth} from './health.js'
import type {HealthLimits} from './judgement.js'
import {RecentChanges} from './recent-changes.js'
import type {SignatureSummary} from './signatures.js'
import type {Percentiles} from './sliding-percentiles.js'
import {standingOf} from './standing.js'
import {ZoneList} from './zone-list.js'

/** How it stands with the broker; times are milliseconds since 1970. */
export type Link =
  | {state: 'up'}
  /** `lastAt`: when it was heard last; absent where it never was. */
  | {state: 'away'; since: number; lastAt?: number; error?: ErrorReport}

/** Everything that a view of the running system shows at one moment. */
export interface LiveView {
  now: number
  link: Link
  /** Undefined until all of it is known; what was known last while the broker is away. */
  health: HealthSnapshot | undefined
  /** What the secondaries said last, by name. */
  heartbeats: ReadonlyMap<string, Heartbeat>
  /** Of each part of the last minutes, the oldest first. */
  series: ReadonlyArray<Percentiles | undefined>
  changes: {inFlight: number; rows: readonly ChangeView[]}
  signatures: SignatureSummary
  zones: ZoneList
}

export interface LiveOptions {
  inactiveAfterMs: number
  /** Seconds before the end of signatures. */
  signatureWarning: number
  limits: HealthLimits
}

/** What can only be asked for, again and again. */
export interface Told {
  broker?: {server: string; version: string}
  streams?: readonly StreamHealth[]
  events?: HealthSnapshot['events']
  plans?: readonly HeldPlan[]
  daemons?: readonly DaemonHealth[]
}

type Compared = {at: number; differences: number}

/** More changes than this are counted, not listed. */
const LISTED = 200
const FADE_MS = 5000
const SIGNATURES_EVERY_MS = 5000

/** The running system as it is followed: fed with what happens, it has a view at any moment. Pure: time is passed in. */
export class LiveModel {
  readonly zones = new ZoneList()
  readonly #options: LiveOptions
  readonly #recent = new RecentChanges()
  readonly #heartbeats = new Map<string, Heartbeat>()
  /** By the broker's clock. */
  readonly #heardAt = new Map<string, number>()
  readonly #compared = new Map<string, Compared>()
  readonly #told: Told = {}
  #listed = false
  #link: Link
  #health: HealthSnapshot | undefined
  #signatures: {at: number; summary: SignatureSummary} | undefined

  /** @param now milliseconds since 1970 */
  constructor(options: LiveOptions, now: number) {
    this.#options = options
    this.#link = {state: 'away', since: now}
  }

  get heartbeats(): ReadonlyMap<string, Heartbeat> {
    return this.#heartbeats
  }

  connected(broker: {server: string; version: string}): void {
    this.#told.broker = broker
    this.#link = {state: 'up'}
  }

  /** The broker does not answer, as far as is known since `lastAt`. */
  away(now: number, {lastAt, error}: {lastAt?: number; error?: ErrorReport}): void {
    const since = this.#link.state === 'away' ? this.#link.since : (lastAt ?? now)
    const last = lastAt ?? (this.#link.state === 'away' ? this.#link.lastAt : undefined)
    this.#link = {
      ...{state: 'away', since},
      ...(last === undefined ? {} : {lastAt: last}),
      ...(error ? {error} : {}),
    }
  }

  /** A heartbeat that is `ageMs` old at `now`. */
  heard(heartbeat: Heartbeat, ageMs: number, now: number): void {
    this.#heartbeats.set(heartbeat.secondary, heartbeat)
    this.#heardAt.set(heartbeat.secondary, now - ageMs)
  }

  /** Only these secondaries are known: the others were forgotten. */
  known(secondaries: ReadonlySet<string>): void {
    this.#listed = true
    for (const secondary of this.#heartbeats.keys()) {
      if (secondaries.has(secondary)) continue
      this.#heartbeats.delete(secondary)
      this.#heardAt.delete(secondary)
      this.#compared.delete(secondary)
    }
  }

  happened(happening: Happening): void {
    this.#recent.take(happening)
  }

  compared(secondary: string, compared: Compared | undefined): void {
    if (compared) this.#compared.set(secondary, compared)
    else this.#compared.delete(secondary)
  }

  /** What was asked for, as it is now. */
  told(facts: Told): void {
    Object.assign(this.#told, facts)
  }

  /** Forgets what is long over. */
  prune(now: number): void {
    this.#recent.changes.prune(now)
  }

  view(now: number): LiveView {
    // What a broker that is away does not tell makes nobody silent.
    if (this.#link.state === 'up') this.#health = this.#assess(now)
    const {changes} = this.#recent
    return {
      now,
      link: this.#link,
      health: this.#health,
      heartbeats: this.#heartbeats,
      series: this.#recent.series(now),
      changes: {inFlight: changes.count, rows: changes.view(now, {most: LISTED, fadeMs: FADE_MS})},
      signatures: this.#summaryOfSignatures(now),
      zones: this.zones,
    }
  }

  #assess(now: number): HealthSnapshot | undefined {
    const secondaries = [...this.#heartbeats.values()].map((heartbeat) => this.#known(heartbeat, now))
    this.#expect(secondaries, now)
    const {broker, streams, events, plans, daemons} = this.#told
    if (!broker || !streams || !events || !plans || !daemons || !this.#listed) return undefined
    const facts = {
      broker: {...broker, streams},
      ...{zones: this.zones.counts, events, convergence: this.#recent.health(now), plans, daemons},
      secondaries: secondaries.sort((a, b) => a.secondary.localeCompare(b.secondary)),
    }
    return assessHealth(facts, this.#options.limits)
  }

  #known({signatures, paused, ...said}: Heartbeat, now: number) {
    const {secondary} = said
    const ageMs = Math.max(0, now - (this.#heardAt.get(secondary) ?? 0))
    const compared = this.#compared.get(secondary)
    return {
      ...said,
      ageMs,
      ...standingOf({...(paused ? {paused} : {}), ageMs}, this.#options.inactiveAfterMs, now),
      ...(compared ? {compared} : {}),
      ...(signatures ? {signatures: {ending: signatures.ending, ended: signatures.ended}} : {}),
    }
  }

  /** Nobody waits for the proofs of one that is silent or paused. */
  #expect(secondaries: ReadonlyArray<{secondary: string; active: boolean}>, now: number): void {
    const active = secondaries.filter((each) => each.active).map(({secondary}) => secondary)
    this.#recent.changes.expect(new Set(active), now)
  }

  #summaryOfSignatures(now: number): SignatureSummary {
    if (!this.#signatures || now - this.#signatures.at >= SIGNATURES_EVERY_MS) {
      const summary = this.zones.signatures(now, this.#options.signatureWarning)
      this.#signatures = {at: now, summary}
    }
    return this.#signatures.summary
  }
}
