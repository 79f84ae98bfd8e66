import type {ZoneName} from '../../dns/name.js'
import type {ZoneState} from '../../zone/version.js'
import {isOurs, type LocalZone} from '../secondary.js'

/** What a comparison of the store with a secondary's PowerDNS found, with the reason. */
export interface Difference {
  zone: ZoneName
  because: 'missing here' | 'other serial here' | 'deleted in the store'
}

export interface Comparison {
  differences: Difference[]
  /** Ours by their masters, but the store never heard of them; they stay until somebody decides. */
  orphans: ZoneName[]
}

/** Compares the store's states with the zones of a secondary's PowerDNS by their serials. */
export function compare(
  states: Iterable<ZoneState>,
  local: Iterable<LocalZone>,
  masters: readonly string[],
): Comparison {
  const here = new Map<ZoneName, LocalZone>()
  for (const zone of local) if (isOurs(zone, masters)) here.set(zone.zone, zone)
  const differences: Difference[] = []
  for (const state of states) {
    const because = reasonFor(state, here.get(state.zone))
    if (because) differences.push({zone: state.zone, because})
    here.delete(state.zone)
  }
  return {differences, orphans: [...here.keys()]}
}

function reasonFor(state: ZoneState, here: LocalZone | undefined): Difference['because'] | undefined {
  if (state.kind === 'tombstone') return here ? 'deleted in the store' : undefined
  if (!here) return 'missing here'
  return here.serial === state.fingerprint.serial ? undefined : 'other serial here'
}
