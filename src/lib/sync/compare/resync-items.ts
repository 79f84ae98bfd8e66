import type {ZoneName} from '../../dns/name.js'
import type {PlannedChange} from '../../zone/plan.js'
import type {SecondaryPlan} from './secondary-comparison.js'
import type {StorePicture} from './store-picture.js'

/** What a resync would do to one zone; `transfer`: nothing differs, but it is transferred again all the same. */
export interface ResyncItem extends Omit<PlannedChange, 'action'> {
  action: PlannedChange['action'] | 'transfer'
  /** `orphan`: the store never heard of it. `held`: it waits for a decision, or until the store is known to be complete. */
  way: 'store' | 'orphan' | 'held'
}

export type ResyncCounts = Record<ResyncItem['action'], number>

export interface ResyncScope {
  /** Undefined: all. */
  zones: ReadonlySet<ZoneName> | undefined
  /** Also what compares equal. */
  force: boolean
}

/** What of a comparison's result is to be done, in the order in which it should be; then what is only forced. */
export function resyncItems(
  {differences, follow, orphans}: Pick<SecondaryPlan, 'differences' | 'follow' | 'orphans'>,
  store: Pick<StorePicture, 'get'> & Iterable<[ZoneName, {kind: string}]>,
  {zones, force}: ResyncScope,
): ResyncItem[] {
  const admitted = new Map<ZoneName, ResyncItem['way']>()
  for (const {zone} of follow) admitted.set(zone, 'store')
  for (const {zone} of orphans) admitted.set(zone, 'orphan')
  const items = differences
    .filter(({zone}) => isWanted(zones, zone))
    .map((change): ResyncItem => ({...change, way: admitted.get(change.zone) ?? 'held'}))
  if (!force) return items
  const differing = new Set(items.map(({zone}) => zone))
  for (const zone of zones ?? versionsOf(store)) {
    if (differing.has(zone) || store.get(zone)?.kind !== 'version') continue
    items.push({zone, action: 'transfer', because: 'whatever it has', way: 'store'})
  }
  return items
}

export function countItems(items: readonly ResyncItem[]): ResyncCounts {
  const counts: ResyncCounts = {create: 0, update: 0, delete: 0, transfer: 0}
  for (const {action} of items) counts[action]++
  return counts
}

function isWanted(zones: ReadonlySet<ZoneName> | undefined, zone: ZoneName): boolean {
  return zones === undefined || zones.has(zone)
}

function* versionsOf(store: Iterable<[ZoneName, {kind: string}]>): Generator<ZoneName> {
  for (const [zone, {kind}] of store) if (kind === 'version') yield zone
}
