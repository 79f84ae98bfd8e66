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

/**
 * Compares the zone store with all zones of the primary by the serials that are served, each as the listing comes to it, so that
 * nobody holds the listing. What changes in the store meanwhile may or may not be among the differences.
 */
export async function comparePrimary(
  states: ComparedStates,
  listing: AsyncIterable<ListedZone> | Iterable<ListedZone>,
): Promise<PrimaryDifferences> {
  const differences: PrimaryDifference[] = []
  /** What the store had of the listed zones: the names in the listing are strings of their own, which nobody else has. */
  const seen = new Set<PicturedZone>()
  let zones = 0
  let serials = true
  for await (const listed of listing) {
    zones++
    if (listed.editedSerial === undefined) serials = false
    const state = states.get(listed.zone)
    if (state) seen.add(state)
    const difference = differenceOf(listed, state)
    if (difference) differences.push(difference)
  }
  if (zones === 0 && states.versions > 0) return {differences, zones, doubt: 'the listing is empty'}
  if (!serials) return {differences, zones, doubt: 'the listing has no edited serials'}
  for (const [zone, state] of states) {
    if (state.kind === 'version' && !seen.has(state)) {
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
