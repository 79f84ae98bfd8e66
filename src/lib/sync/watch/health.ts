import type {DaemonPresence} from '../../zone/daemon.js'
import type {DiskSpace, MemoryUse} from '../../zone/heartbeat.js'
import type {Outage} from '../../zone/outage.js'
import type {Pause} from '../../zone/pause.js'
import type {HeldPlan} from '../../zone/plan.js'
import {DEFAULT_LIMITS, findings, type HealthLimits} from './judgement.js'

/** How one secondary stands. */
export interface SecondaryHealth {
  secondary: string
  state: 'starting' | 'ok' | 'warning' | 'paused' | 'inactive'
  /** Why nothing is applied there; also beside the age of a machine that was switched off meanwhile. */
  paused?: Pause
  /** Only beside a pause: its last heartbeat is too old. */
  silent?: boolean
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
  /** What its PowerDNS fails to give; absent where there is nothing. */
  outages?: readonly Outage[]
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

/** One of the broker's streams. */
export interface StreamHealth {
  name: string
  state: 'ok' | 'missing' | 'degraded'
  messages: number
  bytes: number
  /** Servers that should hold it, and those that hold all of it. */
  replicas: {wanted: number; current: number}
}

/** A daemon that answered the roll call. */
export interface DaemonHealth extends Omit<DaemonPresence, 'at'> {
  /** Whether it does what only one of its kind does. */
  leads: boolean
  /** Milliseconds by which its clock is ahead of that of the machine that asked. */
  clockAheadMs: number
}

/** How long it took from an event to each secondary's proof, lately. */
export interface ConvergenceHealth {
  /** How far back this looks, in seconds. */
  seconds: number
  proofs: number
  /** Milliseconds; absent without proofs. */
  p50Ms?: number
  p99Ms?: number
}

/** The whole system at one moment. */
export interface HealthSnapshot {
  /**
   * The worst of all that follows. `critical`: something is not served, or is served wrong, or needs a decision. `warning`: it
   * will be so unless somebody looks. That nothing could be found out is no snapshot but an error.
   */
  state: 'ok' | 'warning' | 'critical'
  /** Why the state is what it is, in words, worst first. */
  reasons: readonly string[]
  broker: {server: string; version: string; streams: readonly StreamHealth[]}
  zones: {present: number; deleted: number}
  events: {waiting: number; inFlight: number}
  convergence: ConvergenceHealth
  /** Changes that wait for a decision, and those that were refused. */
  plans: PlanHealth[]
  daemons: readonly DaemonHealth[]
  secondaries: SecondaryHealth[]
}

export type PlanHealth = Omit<HeldPlan, 'changes'>

/** What is known of a secondary. */
export interface Known {
  secondary: string
  /** Neither silent nor paused. */
  active: boolean
  paused?: Pause
  /** Its last heartbeat is too old: a paused one may be switched off. */
  silent?: boolean
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
  outages?: readonly Outage[]
  warnings: readonly string[]
  problems: SecondaryHealth['problems']
  problemCount: number
}

export interface HealthFacts {
  broker: HealthSnapshot['broker']
  zones: HealthSnapshot['zones']
  events: HealthSnapshot['events']
  convergence: ConvergenceHealth
  plans: readonly HeldPlan[]
  daemons: readonly DaemonHealth[]
  secondaries: readonly Known[]
}

/** Judges the facts. Pure. */
export function assessHealth(facts: HealthFacts, limits: HealthLimits = DEFAULT_LIMITS): HealthSnapshot {
  const {broker, zones, events, convergence, plans, daemons} = facts
  const secondaries = facts.secondaries.map(healthOf)
  const found = [...findings(facts, secondaries, limits)]
  const critical = found.filter(({severity}) => severity === 'critical')
  const warning = found.filter(({severity}) => severity === 'warning')
  const state = critical.length > 0 ? 'critical' : warning.length > 0 ? 'warning' : 'ok'
  const reasons = [...critical, ...warning].map(({words}) => words)
  const told = {broker, zones, events, convergence, plans: plans.map(toPlanHealth), daemons, secondaries}
  return {state, reasons, ...told}
}

function toPlanHealth({changes: _, ...plan}: HeldPlan): PlanHealth {
  return plan
}

/** One secondary as it is shown and judged. */
export function healthOf(known: Known): SecondaryHealth {
  const {
    active,
    paused,
    silent,
    pdist,
    powerdns,
    node,
    secondary,
    ageMs,
    zones,
    pending,
    lag,
    load,
    memory,
    disks,
  } = known
  return {
    secondary,
    state: paused ? 'paused' : active ? known.state : 'inactive',
    ...(paused ? {paused} : {}),
    ...(paused && silent ? {silent} : {}),
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
    ...(known.outages ? {outages: known.outages} : {}),
    warnings: known.warnings,
    problems: known.problems,
    problemCount: known.problemCount,
  }
}
