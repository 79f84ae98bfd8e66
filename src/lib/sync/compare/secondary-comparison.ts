import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import type {OrphanOrder, TreeAnswer, TreeQuestion} from '../../zone/command.js'
import type {PlannedChange} from '../../zone/plan.js'
import type {Guard} from './guard.js'
import type {StoreTree} from './store-tree.js'
import {compareTrees, type TreeDifference} from './tree-exchange.js'

/** What a comparison came to: `equal` also where what differs is on its way, or waits for a person. */
export type ComparisonOutcome = 'equal' | 'repairing' | 'not ready'

export interface ComparisonOptions {
  store: StoreTree
  guard: Pick<Guard, 'admit'>
  secondaries: {
    tree(secondary: string, question: TreeQuestion): Promise<TreeAnswer>
    resync(secondary: string, zones: readonly ZoneName[]): Promise<unknown>
    removeOrphans(secondary: string, order: OrphanOrder): Promise<unknown>
  }
  records: {
    compared(who: string): Promise<{storeCreated: string} | undefined>
    noteCompared(
      who: string,
      compared: {at: number; zones: number; differences: number; storeCreated: string},
    ): Promise<void>
  }
  /** Whether the secondary still has its time to prove the zone's newest state. */
  isUnderWay(secondary: string, zone: ZoneName): boolean
  /** How many zones may be repaired at once. */
  limitOf(secondary: string): number
  log: Logger
  now(): number
}

/** What a comparison found, and what of it may be done. */
export interface SecondaryPlan {
  secondary: string
  /** Zones that are served. */
  zones: number
  /** Everything that differs, but for what is on its way. */
  differences: readonly PlannedChange[]
  /** To be brought to the store's state, which may be that there is no such zone. */
  follow: readonly PlannedChange[]
  /** Zones that the store never heard of, as far as they may be removed. */
  orphans: readonly PlannedChange[]
  storeCreated: string
}

/** Compares what a secondary serves with the zone store, and orders what differs to be put right. */
export class SecondaryComparison {
  readonly #options: ComparisonOptions

  constructor(options: ComparisonOptions) {
    this.#options = options
  }

  /** Rejects where the secondary does not answer. */
  async compare(secondary: string): Promise<ComparisonOutcome> {
    const plan = await this.plan(secondary)
    if (!plan) return 'not ready'
    const {zones, differences, follow, orphans, storeCreated} = plan
    const {records, log, now} = this.#options
    if (differences.length > 0) {
      const about = {
        secondary,
        zones,
        count: differences.length,
        changes: differences.slice(0, CHANGES_LOGGED),
      }
      log.warn({event: 'secondary.differs', ...about}, 'differs from the store')
    }
    await this.carryOut(plan)
    const compared = {at: now(), zones, differences: differences.length, storeCreated}
    await records.noteCompared(secondary, compared)
    return follow.length + orphans.length > 0 ? 'repairing' : 'equal'
  }

  /** Undefined where one of the two sides does not know yet all that it has. */
  async plan(secondary: string): Promise<SecondaryPlan | undefined> {
    const {store, secondaries} = this.#options
    if (!store.complete) return undefined
    const {streamCreated: storeCreated} = store
    const answer = await compareTrees(store.tree, (question) => secondaries.tree(secondary, question))
    if (!answer.complete || !store.complete || store.streamCreated !== storeCreated) return undefined
    const {follow, orphans: found} = this.#sort(secondary, answer.differences)
    const orphans = await this.#admitted(secondary, found, answer.zones)
    return {secondary, zones: answer.zones, differences: [...follow, ...found], follow, orphans, storeCreated}
  }

  /** Orders what may be done, as much at once as the secondary can take. */
  async carryOut({secondary, follow, orphans, storeCreated}: SecondaryPlan): Promise<void> {
    const {secondaries, limitOf} = this.#options
    const limit = limitOf(secondary)
    const zonesOf = (changes: readonly PlannedChange[]) => changes.slice(0, limit).map(({zone}) => zone)
    if (follow.length > 0) await secondaries.resync(secondary, zonesOf(follow))
    if (orphans.length > 0)
      await secondaries.removeOrphans(secondary, {zones: zonesOf(orphans), storeCreated})
  }

  #sort(
    secondary: string,
    differences: readonly TreeDifference[],
  ): {follow: PlannedChange[]; orphans: PlannedChange[]} {
    const {store, isUnderWay} = this.#options
    const plan = {follow: [] as PlannedChange[], orphans: [] as PlannedChange[]}
    for (const {zone, ours, theirs} of differences) {
      if (isUnderWay(secondary, zone)) continue
      if (ours !== undefined && theirs === undefined)
        plan.follow.push({zone, action: 'create', because: 'in the store, but not served'})
      else if (ours !== undefined)
        plan.follow.push({zone, action: 'update', because: 'served as another version than the store has'})
      else if (store.get(zone))
        plan.follow.push({zone, action: 'delete', because: 'deleted in the store, but served'})
      else plan.orphans.push({zone, action: 'delete', because: 'served, but unknown to the store'})
    }
    // What is wrongly served is worse than what is missing.
    plan.follow.sort((a, b) => URGENCY[a.action] - URGENCY[b.action])
    return plan
  }

  /** The orphans that may go: none before the store is known to have all that the primary has. */
  async #admitted(
    secondary: string,
    orphans: readonly PlannedChange[],
    zones: number,
  ): Promise<readonly PlannedChange[]> {
    const {store, guard, records, log} = this.#options
    if (orphans.length > 0) {
      const compared = await records.compared('primary')
      if (compared?.storeCreated !== store.streamCreated) {
        const about = {event: 'orphans.kept', secondary, count: orphans.length}
        log.info(about, 'the store was not compared with the primary yet: what it does not know stays')
        return []
      }
    }
    return guard.admit({kind: 'secondary', secondary}, orphans, zones)
  }
}

const CHANGES_LOGGED = 20
const URGENCY = {update: 0, delete: 1, create: 2} as const
