import type {ZoneName} from '../../dns/name.js'
import type {ZoneState} from '../../zone/version.js'

/** What a comparison of the store with a secondary's PowerDNS found, with the reason. */
export interface Difference {
  zone: ZoneName
  because: 'missing here' | 'other serial here' | 'deleted in the store'
}

export interface Comparison {
  /** States in the store. */
  zones: number
  differences: Difference[]
  /** Ours by their masters, but the store never heard of them; they stay until somebody decides. */
  orphans: ZoneName[]
}

/** Compares the store's states, as they come, with the serials of our zones in a secondary's PowerDNS. */
export async function compare(
  states: AsyncIterable<ZoneState>,
  serials: ReadonlyMap<ZoneName, number>,
): Promise<Comparison> {
  const unknown = new Set(serials.keys())
  const differences: Difference[] = []
  let zones = 0
  for await (const state of states) {
    const because = reasonFor(state, serials.get(state.zone))
    if (because) differences.push({zone: state.zone, because})
    unknown.delete(state.zone)
    zones += 1
  }
  return {zones, differences, orphans: [...unknown]}
}

function reasonFor(state: ZoneState, serial: number | undefined): Difference['because'] | undefined {
  if (state.kind === 'tombstone') return serial === undefined ? undefined : 'deleted in the store'
  if (serial === undefined) return 'missing here'
  return serial === state.fingerprint.serial ? undefined : 'other serial here'
}
