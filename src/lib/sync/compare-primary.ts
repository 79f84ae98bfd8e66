import type {ZoneName} from '../dns/name.js'
import type {PlannedChange} from '../zone/plan.js'
import type {PicturedZone} from './store-picture.js'

/** A zone of the primary's listing. */
export interface ListedZone {
  zone: ZoneName
  /** 0 where the zone has no SOA. */
  serial: number
  /** What is served, after SOA-EDIT; absent where PowerDNS did not compute it. */
  editedSerial?: number
}

/** The zone store, as far as comparing needs it. */
export interface ComparedStates extends Iterable<[ZoneName, PicturedZone]> {
  /** How many zones it has, tombstones not counted. */
  readonly versions: number
  get(zone: ZoneName): PicturedZone | undefined
}

/** What would make the store as the primary is. */
export interface PrimaryDifference extends PlannedChange {
  /** The serial on the primary; undefined where it is unknown or the zone is gone. */
  serial?: number
}

export interface PrimaryDifferences {
  differences: PrimaryDifference[]
  /** How many zones the primary has. */
  zones: number
  /** Why the listing does not prove that anything is gone from the primary; `differences` has no deletion then. */
  doubt?: 'the listing is empty' | 'the listing has no edited serials'
}

/** Compares the zone store with all zones of the primary by the serials that are served. Pure. */
export function comparePrimary(states: ComparedStates, listing: Iterable<ListedZone>): PrimaryDifferences {
  const differences: PrimaryDifference[] = []
  const seen = new Set<ZoneName>()
  let serials = true
  for (const listed of listing) {
    seen.add(listed.zone)
    if (listed.editedSerial === undefined) serials = false
    const difference = differenceOf(listed, states.get(listed.zone))
    if (difference) differences.push(difference)
  }
  const zones = seen.size
  if (zones === 0 && states.versions > 0) return {differences, zones, doubt: 'the listing is empty'}
  if (!serials) return {differences, zones, doubt: 'the listing has no edited serials'}
  for (const [zone, {kind}] of states) {
    if (kind === 'version' && !seen.has(zone)) {
      differences.push({zone, action: 'delete', because: 'gone from the primary'})
    }
  }
  return {differences, zones}
}

function differenceOf(
  {zone, serial: storedSerial, editedSerial}: ListedZone,
  state: PicturedZone | undefined,
): PrimaryDifference | undefined {
  const serial = editedSerial ?? storedSerial
  if (!state) return {zone, action: 'create', because: 'missing in the store', serial}
  if (state.kind === 'tombstone') return {zone, action: 'create', because: 'deleted in the store', serial}
  if (editedSerial === undefined || editedSerial === state.serial) return undefined
  return {zone, action: 'update', because: 'other serial in the store', serial}
}
