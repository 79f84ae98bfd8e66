import type {ZoneName} from '../dns/name.js'
import type {Logger} from '../logger.js'
import type {OrphanOrder, TreeAnswer, TreeQuestion} from '../zone/command.js'
import type {PlannedChange} from '../zone/plan.js'
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

interface Plan {
  /** To be brought to the store's state, which may be that there is no such zone. */
  follow: PlannedChange[]
  /** Zones that the store never heard of. */
  orphans: PlannedChange[]
}

/** Compares what a secondary serves with the zone store, and orders what differs to be put right. */
export class SecondaryComparison {
  readonly #options: ComparisonOptions

  constructor(options: ComparisonOptions) {
    this.#options = options
  }

  /** Rejects where the secondary does not answer. */
  async compare(secondary: string): Promise<ComparisonOutcome> {
    const {store, secondaries, records, log, now} = this.#options
    if (!store.complete) return 'not ready'
    const {streamCreated: storeCreated} = store
    const answer = await compareTrees(store.tree, (question) => secondaries.tree(secondary, question))
    if (!answer.complete || !store.complete || store.streamCreated !== storeCreated) return 'not ready'
    const plan = this.#plan(secondary, answer.differences)
    const {follow} = plan
    const orphans = await this.#admitted(secondary, plan.orphans, answer.zones)
    const differences = follow.length + plan.orphans.length
    const counts = {zones: answer.zones, differences, orphans: plan.orphans.length}
    if (differences > 0) {
      const changes = [...follow, ...plan.orphans].slice(0, CHANGES_LOGGED)
      log.warn({event: 'secondary.differs', secondary, ...counts, changes}, 'differs from the store')
    }
    const limit = this.#options.limitOf(secondary)
    const zonesOf = (changes: readonly PlannedChange[]) => changes.slice(0, limit).map(({zone}) => zone)
    if (follow.length > 0) await secondaries.resync(secondary, zonesOf(follow))
    if (orphans.length > 0)
      await secondaries.removeOrphans(secondary, {zones: zonesOf(orphans), storeCreated})
    await records.noteCompared(secondary, {at: now(), zones: answer.zones, differences, storeCreated})
    return follow.length + orphans.length > 0 ? 'repairing' : 'equal'
  }

  #plan(secondary: string, differences: readonly TreeDifference[]): Plan {
    const {store, isUnderWay} = this.#options
    const plan: Plan = {follow: [], orphans: []}
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
