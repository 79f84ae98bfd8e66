import {assessHealth, type HealthSnapshot} from '../sync/health.js'
import type {System} from './system.js'

/** Gathers and judges the state of the whole system at this moment. */
export async function checkHealth(system: System, signal: AbortSignal): Promise<HealthSnapshot> {
  const [zones, events, secondaries] = await Promise.all([
    countZones(system, signal),
    countEvents(system),
    system.secondaries(signal),
  ])
  const {nc, serverVersion} = system.broker
  return assessHealth({broker: {server: nc.getServer(), version: serverVersion}, zones, events, secondaries})
}

async function countZones(system: System, signal: AbortSignal): Promise<HealthSnapshot['zones']> {
  const counts = {present: 0, deleted: 0}
  for await (const {kind} of system.states(signal)) {
    if (kind === 'version') counts.present++
    else counts.deleted++
  }
  return counts
}

/** What the zone-providers have not settled yet. */
async function countEvents({broker}: System): Promise<HealthSnapshot['events']> {
  const {jsm, names} = broker
  const {num_pending, num_ack_pending} = await jsm.consumers.info(names.eventStream, names.providerConsumer)
  return {waiting: num_pending, inFlight: num_ack_pending}
}
