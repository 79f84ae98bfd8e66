import type {PrimaryConfig} from '../config/schema.js'
import type {ZoneName} from '../dns/name.js'
import {PowerDnsClient} from '../powerdns/client.js'
import {EmptyListingError} from '../sync/errors.js'
import type {System} from './system.js'

/**
 * The zones of the primary, and those that only the store still has. Rejects with EmptyListingError where the primary lists none
 * though the store has some, unless the loss of all of them is accepted.
 */
export async function listAllZones(
  system: System,
  primary: PrimaryConfig,
  {acceptLoss, signal}: {acceptLoss: boolean; signal: AbortSignal},
): Promise<ZoneName[]> {
  const client = new PowerDnsClient(primary)
  try {
    const zones = new Set<ZoneName>()
    for await (const {zone} of client.eachZone(signal, {dnssec: false})) zones.add(zone)
    const listed = zones.size
    for await (const state of system.states(signal)) if (state.kind === 'version') zones.add(state.zone)
    if (listed === 0 && zones.size > 0 && !acceptLoss) {
      throw new EmptyListingError(`the primary lists no zones, but the store has ${zones.size}`, {
        hints: ['Look at its database and `primary.api_url`', 'Say --accept-loss if all of them shall go'],
      })
    }
    return [...zones].sort()
  } finally {
    client.close()
  }
}
