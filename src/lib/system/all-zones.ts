import type {PrimaryConfig} from '../config/schema.js'
import type {ZoneName} from '../dns/name.js'
import {PowerDnsClient} from '../powerdns/client.js'
import type {System} from './system.js'

/** The zones of the primary, and those that only the store still has: looking at these makes them tombstones. */
export async function listAllZones(
  system: System,
  primary: PrimaryConfig,
  signal: AbortSignal,
): Promise<ZoneName[]> {
  const client = new PowerDnsClient(primary)
  try {
    const zones = new Set((await client.listZones(signal)).map(({zone}) => zone))
    for await (const state of system.states(signal)) if (state.kind === 'version') zones.add(state.zone)
    return [...zones].sort()
  } finally {
    await client.close()
  }
}
