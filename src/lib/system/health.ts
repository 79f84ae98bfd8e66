import {orAborted, withTimeout} from '../async/abort.js'
import {BrokerUnavailableError} from '../broker/errors.js'
import {
  assessHealth,
  type ConvergenceHealth,
  type DaemonHealth,
  type HealthFacts,
  type HealthSnapshot,
  type Known,
} from '../sync/watch/health.js'
import type {HealthLimits} from '../sync/watch/judgement.js'
import {RECENT_MS, RecentChanges} from '../sync/watch/recent-changes.js'
import {clockOf, streamsOf} from './broker-state.js'
import {recall} from './recent-history.js'
import type {System} from './system.js'

/** Daemons without which something is wrong: a role call that one of them missed is repeated. */
const NEEDED = ['zone-provider', 'api-proxy', 'health-checker'] as const

export interface CheckOptions {
  limits?: HealthLimits
  timeoutMs?: number
  signal: AbortSignal
}

const TIMEOUT_MS = 30_000

/** Gathers and judges the state of the whole system at this moment. Rejects with BrokerUnavailableError where it takes too long. */
export async function checkHealth(
  system: System,
  {limits, timeoutMs = TIMEOUT_MS, signal}: CheckOptions,
): Promise<HealthSnapshot> {
  return withTimeout(timeoutMs, signal, async (inTime) => {
    const gathering = gather(system, inTime)
    await orAborted(
      inTime,
      gathering.catch(() => undefined),
    )
    signal.throwIfAborted()
    if (!inTime.aborted) return assessHealth(await gathering, limits)
    throw new BrokerUnavailableError(`the broker did not answer everything within ${timeoutMs / 1000} s`, {
      hints: ['Look at the load of nats-server and of the network', 'Give it longer with `--timeout`'],
    })
  })
}

async function gather(system: System, signal: AbortSignal): Promise<HealthFacts> {
  const [zones, streams, events, plans, daemons, secondaries, convergence] = await Promise.all([
    countZones(system, signal),
    streamsOf(system.broker),
    system.backlog(),
    system.control.list(),
    daemonsOf(system),
    secondariesOf(system, signal),
    convergenceOf(system, signal),
  ])
  const {nc, serverVersion} = system.broker
  const broker = {server: nc.getServer(), version: serverVersion, streams}
  return {broker, zones, events, convergence, plans, daemons, secondaries}
}

/** The daemons that answer: one that is busy for a moment is not taken for one that is gone. */
export async function daemonsOf(system: System): Promise<DaemonHealth[]> {
  const first = await system.daemons()
  const isMissing = NEEDED.some((role) => !first.some(({daemon}) => daemon === role))
  const heard = isMissing ? [...first, ...(await system.daemons())] : first
  const byProcess = new Map(
    heard.map((one) => [`${one.daemon} ${one.secondary} ${one.host} ${one.pid}`, one]),
  )
  return [...byProcess.values()]
    .map(({at: _, ...daemon}) => daemon)
    .sort((a, b) => orderOf(a).localeCompare(orderOf(b)))
}

function orderOf({daemon, secondary = '', host}: DaemonHealth): string {
  return `${daemon} ${secondary} ${host}`
}

/** Every secondary, with how it last compared with the store. */
export async function secondariesOf(system: System, signal: AbortSignal): Promise<Known[]> {
  const known = await system.secondaries(signal)
  return Promise.all(
    known.map(async ({signatures, ...presence}) => {
      const compared = await comparedOf(system, presence.secondary)
      return {
        ...presence,
        ...(compared ? {compared} : {}),
        ...(signatures ? {signatures: {ending: signatures.ending, ended: signatures.ended}} : {}),
      }
    }),
  )
}

/** When a secondary was last compared with the store, and how many zones differed. */
export async function comparedOf(system: System, secondary: string) {
  const compared = await system.control.compared(secondary)
  return compared && {at: compared.at, differences: compared.differences}
}

async function convergenceOf(system: System, signal: AbortSignal): Promise<ConvergenceHealth> {
  const recent = new RecentChanges()
  const clock = await clockOf(system.broker)
  await recall(system, clock() - RECENT_MS, (happening) => recent.take(happening), signal)
  return recent.health(clock())
}

async function countZones(system: System, signal: AbortSignal): Promise<HealthSnapshot['zones']> {
  const counts = {present: 0, deleted: 0}
  for await (const {kind} of system.states(signal)) {
    if (kind === 'version') counts.present++
    else counts.deleted++
  }
  return counts
}
