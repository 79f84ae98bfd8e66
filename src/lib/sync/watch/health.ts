import type {DiskSpace, MemoryUse} from '../../zone/heartbeat.js'
import type {HeldPlan} from '../../zone/plan.js'

/** How one secondary stands. */
export interface SecondaryHealth {
  secondary: string
  state: 'starting' | 'ok' | 'warning' | 'inactive'
  /** Milliseconds since its last heartbeat. */
  ageMs: number
  zones: number
  pending: number
  /** Seconds. */
  lag: number
  /** Load average over one minute, per core. */
  load: number
  /** Absent where an older syncer runs, as the next. */
  memory?: MemoryUse
  disks?: readonly DiskSpace[]
  versions: {pdist: string; powerdns: string; node: string}
  /** When it was last compared with the store, and how many zones differed; absent where it never was. */
  compared?: {at: number; differences: number}
  /** Of the signed zones that it serves: how many signatures end soon or have ended. */
  signatures?: {ending: number; ended: number}
  warnings: readonly string[]
  problems: ReadonlyArray<{
    zone: string
    code: string
    message: string
    hints: readonly string[]
    since: number
  }>
  problemCount: number
}

/** The whole system at one moment. */
export interface HealthSnapshot {
  /** The worst of all that follows. */
  state: 'ok' | 'warning' | 'critical'
  /** Why the state is what it is, in words, worst first. */
  reasons: readonly string[]
  broker: {server: string; version: string}
  zones: {present: number; deleted: number}
  events: {waiting: number; inFlight: number}
  /** Changes that wait for a decision, and those that were refused. */
  plans: PlanHealth[]
  secondaries: SecondaryHealth[]
}

export type PlanHealth = Omit<HeldPlan, 'changes'>

interface Known {
  secondary: string
  active: boolean
  state: 'starting' | 'ok' | 'warning'
  ageMs: number
  zones: number
  pending: number
  lag: number
  load: number
  memory?: MemoryUse
  disks?: readonly DiskSpace[]
  pdist: string
  powerdns: string
  node: string
  compared?: {at: number; differences: number} | undefined
  signatures?: {ending: number; ended: number} | undefined
  warnings: readonly string[]
  problems: SecondaryHealth['problems']
  problemCount: number
}

export interface HealthFacts {
  broker: HealthSnapshot['broker']
  zones: HealthSnapshot['zones']
  events: HealthSnapshot['events']
  plans: readonly HeldPlan[]
  secondaries: readonly Known[]
}

/** Judges the facts. Pure. */
export function assessHealth({broker, zones, events, plans, secondaries}: HealthFacts): HealthSnapshot {
  const rows = secondaries.map(toHealth)
  const silent = [
    ...(rows.length === 0 ? ['no secondary has ever sent a heartbeat'] : []),
    ...rows
      .filter(({state}) => state === 'inactive')
      .map((row) => `${row.secondary} is silent for ${seconds(row.ageMs)} s`),
  ]
  const held = plans
    .filter(({status}) => status === 'held')
    .map(({id, reason}) => `plan ${id} is held: ${reason} (pdist plan show ${id})`)
  const warning = rows
    .filter(({state}) => state === 'warning')
    .flatMap(({secondary, warnings}) => warnings.map((words) => `${secondary}: ${words}`))
  const expired = rows.flatMap(({secondary, signatures}) =>
    signatures && signatures.ended > 0
      ? [`${secondary} serves ${signatures.ended} zones with signatures that have expired`]
      : [],
  )
  const critical = [...silent, ...expired, ...held]
  const state = critical.length > 0 ? 'critical' : warning.length > 0 ? 'warning' : 'ok'
  const reasons = [...critical, ...warning]
  return {state, reasons, broker, zones, events, plans: plans.map(toPlanHealth), secondaries: rows}
}

function toPlanHealth({changes: _, ...plan}: HeldPlan): PlanHealth {
  return plan
}

function toHealth(known: Known): SecondaryHealth {
  const {active, pdist, powerdns, node, secondary, ageMs, zones, pending, lag, load, memory, disks} = known
  return {
    secondary,
    state: active ? known.state : 'inactive',
    ageMs: Math.round(ageMs),
    zones,
    pending,
    lag,
    load,
    ...(memory ? {memory} : {}),
    ...(disks ? {disks} : {}),
    versions: {pdist, powerdns, node},
    ...(known.compared ? {compared: known.compared} : {}),
    ...(known.signatures ? {signatures: known.signatures} : {}),
    warnings: known.warnings,
    problems: known.problems,
    problemCount: known.problemCount,
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1000)
}
