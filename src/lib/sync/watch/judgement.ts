import {type Outage, outageWords} from '../../zone/outage.js'
import {type Pause, pauseWords} from '../../zone/pause.js'
import type {HeldPlan} from '../../zone/plan.js'

/** From where on what is a reason to warn, or worse. */
export interface HealthLimits {
  /** Seconds for which a secondary may lag behind the store. */
  lagWarning: number
  lagCritical: number
  /** Seconds by which a daemon's clock may differ from that of the machine that asks. */
  clockWarning: number
  /** Milliseconds from an event to the proofs, at the 99th percentile; undefined for no limit. */
  p99Warning?: number | undefined
  p99Critical?: number | undefined
}

export const DEFAULT_LIMITS: HealthLimits = {lagWarning: 10, lagCritical: 60, clockWarning: 5}

interface JudgedSecondary {
  secondary: string
  state: string
  paused?: Pause
  /** Beside a pause: its last heartbeat is too old. */
  silent?: boolean
  ageMs: number
  /** Seconds. */
  lag: number
  pending: number
  signatures?: {ended: number}
  outages?: readonly Outage[]
  warnings: readonly string[]
}

interface JudgedDaemon {
  daemon: string
  secondary?: string
  host: string
  ready: boolean
  missing: readonly string[]
  clockAheadMs: number
}

interface JudgedStream {
  name: string
  state: string
  replicas: {wanted: number; current: number}
}

/** What is judged. */
export interface JudgedFacts {
  broker: {streams: readonly JudgedStream[]}
  events: {waiting: number}
  convergence: {p99Ms?: number}
  plans: readonly HeldPlan[]
  daemons: readonly JudgedDaemon[]
}

/** Why something is not as it should be, in words that say what to do. */
export interface Finding {
  severity: 'critical' | 'warning'
  words: string
}

const critical = (words: string): Finding => ({severity: 'critical', words})
const warning = (words: string): Finding => ({severity: 'warning', words})

/** Each looks at one thing; what comes first is told first. */
export function* findings(
  facts: JudgedFacts,
  rows: readonly JudgedSecondary[],
  limits: HealthLimits,
): Generator<Finding> {
  yield* silence(rows)
  for (const row of rows) yield* outages(row)
  yield* expiredSignatures(rows)
  yield* heldPlans(facts.plans)
  yield* missingDaemons(facts)
  yield* brokerStreams(facts.broker)
  yield* lags(rows, limits)
  yield* slowness(facts.convergence, limits)
  for (const row of rows) yield* ownWarnings(row)
  yield* unreadyDaemons(facts.daemons)
  yield* clocks(facts.daemons, limits)
}

/** A paused one may be switched off: what it warned of then was so before. */
function* ownWarnings({
  secondary,
  state,
  paused,
  silent,
  ageMs,
  outages = [],
  warnings,
}: JudgedSecondary): Generator<Finding> {
  const pause = paused && pauseWords(paused)
  if (pause) {
    const quiet = silent ? `, and silent for ${Math.round(ageMs / 1000)} s` : ''
    yield warning(`${secondary} is ${pause}${quiet}: \`pdist secondary resume ${secondary}\` lets it go on`)
  }
  if (silent || (state !== 'warning' && state !== 'paused')) return
  const told = new Set([pause, ...(paused ? [] : outages.map(outageWords))])
  for (const words of warnings) if (!told.has(words)) yield warning(`${secondary}: ${words}`)
}

/** Where nothing changes, nothing else shows that nobody gets answers there. Who paused one may have stopped its PowerDNS. */
function* outages({secondary, state, outages = []}: JudgedSecondary): Generator<Finding> {
  if (state === 'inactive' || state === 'paused') return
  for (const outage of outages) {
    const words = [`${secondary}: ${outageWords(outage)}`, ...outage.hints].join('. ')
    yield outage.of === 'DNS' ? critical(words) : warning(words)
  }
}

function* silence(rows: readonly JudgedSecondary[]): Generator<Finding> {
  if (rows.length === 0) {
    yield critical('no secondary has ever sent a heartbeat: start `pdist daemon syncer` on each')
  }
  for (const {secondary, state, ageMs} of rows) {
    if (state !== 'inactive') continue
    yield critical(
      `${secondary} is silent for ${Math.round(ageMs / 1000)} s: look at its machine, its syncer, and its way to the broker`,
    )
  }
}

function* expiredSignatures(rows: readonly JudgedSecondary[]): Generator<Finding> {
  for (const {secondary, signatures} of rows) {
    if (!signatures || signatures.ended === 0) continue
    yield critical(
      `${secondary} serves ${signatures.ended} zones with signatures that have expired: sign them again on the primary`,
    )
  }
}

function* heldPlans(plans: readonly HeldPlan[]): Generator<Finding> {
  for (const {id, status, reason} of plans) {
    if (status === 'held') yield critical(`plan ${id} is held: ${reason} (pdist plan show ${id})`)
  }
}

/** Without a zone-provider no change goes anywhere; without the others what is served goes on, or API clients notice themselves. */
function* missingDaemons({daemons, events}: JudgedFacts): Generator<Finding> {
  const has = (role: string) => daemons.some(({daemon}) => daemon === role)
  if (!has('zone-provider')) {
    yield critical(
      `no zone-provider answers, so no change is distributed (${events.waiting} events wait): start \`pdist daemon zone-provider\` on the primary`,
    )
  }
  if (!has('api-proxy')) {
    yield warning(
      'no api-proxy answers, so the API cannot be reached through it: start `pdist daemon api-proxy`',
    )
  }
  if (!has('health-checker')) {
    yield warning(
      'no health-checker answers, so nothing lost is sent again: start `pdist daemon health-checker`',
    )
  }
}

function* brokerStreams({streams}: JudgedFacts['broker']): Generator<Finding> {
  for (const {name, state, replicas} of streams) {
    if (state === 'missing') yield critical(`the broker has no stream ${name}: run \`pdist broker setup\``)
    if (state === 'degraded') {
      yield warning(
        `only ${replicas.current} of ${replicas.wanted} replicas of ${name} are current: look at the other NATS servers`,
      )
    }
  }
}

function* lags(rows: readonly JudgedSecondary[], limits: HealthLimits): Generator<Finding> {
  for (const {secondary, state, lag, pending} of rows) {
    if (state === 'inactive' || state === 'paused' || lag < limits.lagWarning) continue
    const words = `${secondary} is ${lag.toFixed(0)} s behind with ${pending} zones: \`pdist secondary show ${secondary}\` says why`
    yield lag >= limits.lagCritical ? critical(words) : warning(words)
  }
}

function* slowness({p99Ms}: JudgedFacts['convergence'], limits: HealthLimits): Generator<Finding> {
  const {p99Warning = Number.POSITIVE_INFINITY, p99Critical = Number.POSITIVE_INFINITY} = limits
  if (p99Ms === undefined || p99Ms < Math.min(p99Warning, p99Critical)) return
  const words = `one proof in a hundred takes ${Math.round(p99Ms)} ms: look at the load of the primary, the broker and the secondaries`
  yield p99Ms >= p99Critical ? critical(words) : warning(words)
}

function* unreadyDaemons(daemons: readonly JudgedDaemon[]): Generator<Finding> {
  for (const daemon of daemons) {
    if (daemon.ready) continue
    yield warning(`${nameOf(daemon)} is not ready, it waits for ${daemon.missing.join(', ') || 'something'}`)
  }
}

function* clocks(daemons: readonly JudgedDaemon[], {clockWarning}: HealthLimits): Generator<Finding> {
  for (const daemon of daemons) {
    const seconds = daemon.clockAheadMs / 1000
    if (Math.abs(seconds) <= clockWarning) continue
    const direction = seconds > 0 ? 'ahead of' : 'behind'
    yield warning(
      `the clock of ${nameOf(daemon)} is ${Math.abs(seconds).toFixed(0)} s ${direction} this machine's: set both by NTP`,
    )
  }
}

function nameOf({daemon, secondary, host}: JudgedDaemon): string {
  return secondary === undefined ? `${daemon} on ${host}` : `${daemon} ${secondary} on ${host}`
}
