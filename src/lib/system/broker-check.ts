import {
  type AccountUse,
  accountUse,
  type InspectedConsumer,
  type InspectedStream,
  inspectConsumers,
  inspectStreams,
} from '../broker/inspection.js'
import type {Config} from '../config/schema.js'
import {brokerChecks} from '../doctor/broker.js'
import type {CheckResult} from '../doctor/check.js'
import {examine, factsAtHand} from '../doctor/examine.js'
import {streamChecks} from '../doctor/streams.js'
import {topologyOptions} from './broker-options.js'
import {mirrorsOf} from './mirrors.js'
import type {System} from './system.js'

export interface BrokerCheckReport {
  /** Whether everything is as `pdist broker setup` would leave it, and works. */
  asWanted: boolean
  server: string
  version: string
  /** Absent where this login may not ask for it. */
  account?: AccountUse
  streams: readonly InspectedStream[]
  consumers: readonly InspectedConsumer[]
  checks: readonly CheckResult[]
}

const OF_BROKER = new Set(['broker.jetstream', 'broker.storage'])

/** Compares the broker with what is wanted, and changes nothing. Rejects with BrokerSetupError where it has no JetStream. */
export async function checkBroker(
  system: System,
  config: Config,
  signal: AbortSignal,
): Promise<BrokerCheckReport> {
  const {broker} = system
  const account = await accountUse(broker)
  const [streams, consumers] = await Promise.all([
    inspectStreams(broker, topologyOptions(config.broker)),
    inspectConsumers(broker),
  ])
  const isThere = (stream: string) => streams.some(({name, state}) => name === stream && state !== 'missing')
  const {secondaryStream, zoneStream} = broker.names
  const heartbeats = isThere(secondaryStream) ? await system.secondaries(signal) : []
  const mirrors = isThere(zoneStream) ? await mirrorsOf(broker, heartbeats) : []
  const checks = [...brokerChecks.filter(({id}) => OF_BROKER.has(id)), ...streamChecks]
  const facts = factsAtHand({jetStream: account ?? 'not told', streams, consumers, heartbeats, mirrors})
  const report = await examine(checks, facts)
  return {
    asWanted: report.state === 'ok',
    server: broker.nc.getServer(),
    version: broker.serverVersion,
    ...(account ? {account} : {}),
    streams,
    consumers,
    checks: report.checks,
  }
}
