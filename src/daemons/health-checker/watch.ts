import type {Commands} from '../../lib/broker/commands.js'
import type {Presence} from '../../lib/broker/presence.js'
import type {Config} from '../../lib/config/schema.js'
import type {ZoneName} from '../../lib/dns/name.js'
import type {ActivityChange, ActivityTracker, SecondaryActivity} from '../../lib/sync/watch/activity.js'
import type {AnswerTracker} from '../../lib/sync/watch/answers.js'
import type {ConvergenceTracker, Overdue} from '../../lib/sync/watch/convergence.js'
import {leastFree} from '../../lib/sync/watch/shortages.js'
import type {MirrorName} from '../../lib/zone/heartbeat.js'
import {isPowerDnsSilent, NEEDED} from '../../lib/zone/outage.js'
import type {Receipt} from '../../lib/zone/report.js'
import type {DaemonContext} from '../runner.js'

/** The rest is still due at the next look. */
const REPAIRS_AT_ONCE = 1000
/** To a secondary that is short of something, so that it gets its breath back. New changes are not held up. */
const REPAIRS_TO_OVERLOADED = 20

export interface HealthWatchParts {
  activity: ActivityTracker
  convergence: ConvergenceTracker
  answers: AnswerTracker
  commands: Pick<Commands, 'resync'>
  /** Whether this instance is the one that sends again; the others only watch, so as to be ready to take over. */
  leadership: {readonly leading: boolean}
}

/** Turns what the health-checker sees into log lines, metrics and orders to secondaries. */
export class HealthWatch {
  readonly #context: DaemonContext<Config>
  readonly #parts: HealthWatchParts
  /** By secondary: what it is short of. */
  readonly #shortages = new Map<string, string>()
  /** By secondary: what it needs of its PowerDNS, and does not get. */
  readonly #outages = new Map<string, string>()
  readonly #powerDnsSilent = new Set<string>()
  readonly #paused = new Set<string>()
  readonly #mirrors = new Map<string, MirrorName>()

  constructor(context: DaemonContext<Config>, parts: HealthWatchParts) {
    this.#context = context
    this.#parts = parts
  }

  received(receipt: Receipt): void {
    const ms = this.#parts.convergence.received(receipt, performance.now())
    if (ms !== undefined) this.#context.metrics.observe('convergence', ms / 1000)
  }

  heard(presence: Presence): void {
    const {secondary, ageMs, lag, load, memory, disks} = presence
    const {metrics} = this.#context
    const change = this.#parts.activity.heard(secondary, ageMs, performance.now())
    this.#watchPause(presence)
    if (presence.mirror) this.#mirrors.set(secondary, presence.mirror)
    else this.#mirrors.delete(secondary)
    if (change) this.#changed(change)
    this.#expect(secondary)
    metrics.set('secondaryLag', lag, {secondary})
    metrics.set('secondaryLoad', load, {secondary})
    if (memory) metrics.set('secondaryMemory', memory.available / memory.total, {secondary})
    const free = leastFree(disks)
    if (free !== undefined) metrics.set('secondaryDisk', free, {secondary})
    this.#watchShortages(presence)
    this.#watchOutages(presence)
  }

  /** Somebody had it forgotten: nothing is told of it any more. */
  async forgotten(secondary: string): Promise<void> {
    const {log, metrics} = this.#context
    this.#parts.activity.forget(secondary)
    this.#parts.convergence.deactivate(secondary)
    this.#shortages.delete(secondary)
    this.#outages.delete(secondary)
    this.#powerDnsSilent.delete(secondary)
    this.#paused.delete(secondary)
    this.#mirrors.delete(secondary)
    log.info({event: 'secondary.forgotten', secondary}, 'a secondary was forgotten')
    await metrics.forget({secondary})
  }

  /** Those that are inactive. */
  get silent(): string[] {
    return this.#parts.activity.all.filter(({active}) => !active).map(({secondary}) => secondary)
  }

  /** All that were heard of; active are those from which something is expected: neither silent nor paused. */
  get all(): SecondaryActivity[] {
    const {all} = this.#parts.activity
    return all.map((one) => ({...one, active: one.active && !this.#paused.has(one.secondary)}))
  }

  /** Those of the active ones whose PowerDNS answers: of the others nobody can say what they serve. */
  get comparable(): string[] {
    return this.all
      .filter(({secondary, active}) => active && !this.#powerDnsSilent.has(secondary))
      .map(({secondary}) => secondary)
  }

  /** Where it reads zones; undefined: from the zone store itself. */
  mirrorOf(secondary: string): MirrorName | undefined {
    return this.#mirrors.get(secondary)
  }

  /** How many zones may be repaired at a secondary at once. */
  limitOf(secondary: string): number {
    return this.#shortages.has(secondary) ? REPAIRS_TO_OVERLOADED : REPAIRS_AT_ONCE
  }

  /** To be called again and again: finds the silent secondaries, and what is overdue. */
  async look(): Promise<void> {
    const now = performance.now()
    for (const change of this.#parts.activity.silent(now)) this.#changed(change)
    this.#watchAnswers(now)
    if (!this.#parts.leadership.leading) return
    const due = this.#parts.convergence.due(now, REPAIRS_AT_ONCE, (secondary) => this.limitOf(secondary))
    await Promise.all([...bySecondary(due)].map((order) => this.#resend(...order)))
  }

  #changed({secondary, active, silentMs}: ActivityChange): void {
    const {log, metrics} = this.#context
    metrics.set('secondaryActive', active ? 1 : 0, {secondary})
    this.#expect(secondary)
    if (active) {
      log.info({event: 'secondary.active', secondary}, 'a secondary is active')
    } else if (this.#paused.has(secondary)) {
      log.warn({event: 'secondary.inactive', secondary, silentMs}, 'a paused secondary is inactive')
    } else {
      log.error({event: 'secondary.inactive', secondary, silentMs}, 'a secondary is inactive')
    }
  }

  /** Nobody waits for, compares or repairs a secondary that is silent or paused. */
  #expect(secondary: string): void {
    const {activity, convergence} = this.#parts
    if (activity.isActive(secondary) && !this.#paused.has(secondary)) convergence.activate(secondary)
    else convergence.deactivate(secondary)
  }

  #watchPause({secondary, paused}: Presence): void {
    const {log, metrics} = this.#context
    metrics.set('secondaryPaused', paused ? 1 : 0, {secondary})
    if (paused && !this.#paused.has(secondary)) {
      this.#paused.add(secondary)
      log.warn({event: 'secondary.paused', secondary, ...paused}, 'a secondary is paused')
    } else if (!paused && this.#paused.delete(secondary)) {
      log.info({event: 'secondary.resumed', secondary}, 'a secondary goes on')
    }
  }

  /** Says it once, and again when it is something else or over. */
  #watchShortages({secondary, load, memory, disks, shortages = []}: Presence): void {
    const {config, log, metrics} = this.#context
    const limit = config.healthChecker.loadWarning
    const short = [...new Set([...shortages, ...(load > limit ? ['load'] : [])])].sort().join(', ')
    metrics.set('secondaryOverloaded', short === '' ? 0 : 1, {secondary})
    if (!isNews(this.#shortages, secondary, short)) return
    const about = {secondary, load, limit, memory, disks}
    if (short === '') {
      log.info({event: 'secondary.unloaded', ...about}, 'a secondary has enough of everything again')
    } else {
      log.warn({event: 'secondary.loaded', short, ...about}, 'a secondary is short of something')
    }
  }

  /** Says it once, and again when it is something else or over. */
  #watchOutages({secondary, outages = []}: Presence): void {
    const {log, metrics} = this.#context
    for (const of of NEEDED)
      metrics.set('secondaryOutage', outages.some((outage) => outage.of === of) ? 1 : 0, {secondary, of})
    if (isPowerDnsSilent(outages)) this.#powerDnsSilent.add(secondary)
    else this.#powerDnsSilent.delete(secondary)
    const out = outages.map(({of}) => of).join(', ')
    if (!isNews(this.#outages, secondary, out)) return
    if (out === '') {
      log.info({event: 'secondary.answered', secondary}, 'a secondary has all of its PowerDNS again')
    } else {
      log.error(
        {event: 'secondary.unanswered', secondary, outages},
        'a secondary does not get what it needs of its PowerDNS',
      )
    }
  }

  /** The stream keeps every event until it is answered: there is nothing to send again, but somebody has to know. */
  #watchAnswers(now: number): void {
    const late = this.#parts.answers.late(now)
    if (late.length === 0) return
    const about = {zones: late.slice(0, 10).map(({zone}) => zone), count: late.length}
    this.#context.log.error({event: 'events.unanswered', ...about}, 'no zone-provider answers')
  }

  async #resend(secondary: string, overdue: readonly Overdue[]): Promise<void> {
    const {log, metrics} = this.#context
    const zones: ZoneName[] = overdue.map(({zone}) => zone)
    const about = {secondary, zones: zones.slice(0, 10), count: zones.length}
    try {
      await this.#parts.commands.resync(secondary, zones)
      metrics.add('resends', zones.length)
      log.warn({event: 'zone.resent', ...about}, 'not confirmed in time, sent again')
    } catch (error) {
      log.warn({event: 'zone.not_resent', ...about, error}, 'not confirmed in time, and no answer')
    }
  }
}

function bySecondary(overdue: readonly Overdue[]): Map<string, Overdue[]> {
  return Map.groupBy(overdue, ({secondary}) => secondary)
}

/** Keeps what was told of a secondary, '' for nothing; true where these words were not told last. */
function isNews(told: Map<string, string>, secondary: string, words: string): boolean {
  if (words === (told.get(secondary) ?? '')) return false
  if (words === '') told.delete(secondary)
  else told.set(secondary, words)
  return true
}
