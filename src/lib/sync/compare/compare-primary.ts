import type {ZoneName} from '../../dns/name.js'
import type {PlannedChange} from '../../zone/plan.js'
import type {PicturedZone} from './store-picture.js'

/** A zone of the primary's listing. */
export interface ListedZone {
  zone: ZoneName
  kind: 'primary' | 'secondary' | 'native' | 'other'
  serial: number
  /** What is served, after SOA-EDIT; absent where PowerDNS did not compute it. */
  editedSerial?: number
  /** When a zone of kind secondary was last transferred or found fresh, seconds since 1970; 0 for never. */
  lastCheck: number
}

/** The zone store, as far as comparing needs it. */
export interface ComparedStates extends Iterable<[ZoneName, PicturedZone]> {
  /** How many zones it has, tombstones not counted. */
  readonly versions: number
  get(zone: ZoneName): PicturedZone | undefined
}

/** What would make the store as the primary is. */
export interface PrimaryDifference extends PlannedChange {
  /** The serial on the primary; undefined where the zone is gone. */
  serial?: number
  /** The primary itself never got anything of the zone. */
  empty?: true
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
  {zone, kind, serial: storedSerial, editedSerial, lastCheck}: ListedZone,
  state: PicturedZone | undefined,
): PrimaryDifference | undefined {
  const serial = editedSerial ?? storedSerial
  if (state?.kind !== 'version') {
    const because = state ? 'deleted in the store' : 'missing in the store'
    const empty = kind === 'secondary' && serial === 0 && lastCheck === 0
    return {zone, action: 'create', because, serial, ...(empty ? {empty} : {})}
  }
  if (editedSerial === undefined || editedSerial === state.serial) return undefined
  return {zone, action: 'update', because: 'other serial in the store', serial}
}
