import {hash} from 'node:crypto'
import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import {
  type HeldPlan,
  MAX_LISTED_CHANGES,
  type PlannedChange,
  type PlanScope,
  type PlanStatus,
} from '../../zone/plan.js'

export interface GuardLimits {
  /** A plan may delete this many zones, or this share of all if that is more. */
  deletions: number
  deletionShare: number
  /** A zone of more than `records` records may lose this share of them. */
  records: number
  recordLossShare: number
  /** Zones that are never held. */
  exempt: ReadonlySet<ZoneName>
}

/** Where held plans are kept, and what was decided. */
export interface PlanBoard {
  status(id: string): Promise<PlanStatus | undefined>
  /** Keeps the plan unless it is there already. */
  hold(plan: HeldPlan): Promise<void>
  drop(id: string): Promise<void>
  list(): Promise<HeldPlan[]>
}

interface GuardOptions {
  board: PlanBoard
  limits: GuardLimits
  log: Logger
  now(): number
}

/** `plan` is the id of what waits for a decision. */
export type GuardVerdict = {admitted: true} | {admitted: false; plan: string}

/** One zone's records before and after an update that nobody asked for. */
export interface Loss {
  zone: ZoneName
  before: number
  after: number
  /** Digest of the new contents: other contents are another plan. */
  content: string
}

/**
 * Keeps the mistakes of machines away from the zones: a plan that deletes too much, or an update that loses too much, waits
 * for a person. A plan is known by what it would do, so an approval lets through the very same plan when it is found again,
 * and nothing else.
 */
export class Guard {
  readonly #options: GuardOptions
  /** By scope: what was let through without anybody's decision. */
  readonly #deletions = new Map<string, Array<{at: number; count: number}>>()

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** The changes that may be applied now; `total` is how many zones there are in the scope. */
  async admit(
    scope: PlanScope,
    changes: readonly PlannedChange[],
    total: number,
  ): Promise<readonly PlannedChange[]> {
    const {limits, board} = this.#options
    const suspect = changes.filter(({zone, action}) => action === 'delete' && !limits.exempt.has(zone))
    const id = idOf(scope, suspect.map(({zone}) => zone).sort())
    const {kept, waits} = await this.#keptFrom(scope, suspect, id)
    const fresh = suspect.filter(({zone}) => !kept.has(zone))
    const refused = new Set<PlannedChange>(suspect.filter(({zone}) => kept.has(zone)))
    if (waits || fresh.length > this.#roomFor(scope, total)) {
      const approved = await this.#isApproved(this.#planOf(scope, fresh, total))
      if (approved) await board.drop(idOf(scope, fresh.map(({zone}) => zone).sort()))
      else for (const change of fresh) refused.add(change)
    } else if (fresh.length > 0) {
      this.#spent(scope, fresh.length)
    }
    return changes.filter((change) => !refused.has(change))
  }

  #planOf(scope: PlanScope, fresh: readonly PlannedChange[], total: number): HeldPlan {
    const {length: count} = fresh
    const recently = this.#recentlySpent(scope)
    const besides = recently > 0 ? ` besides ${recently} in the last hour` : ''
    return {
      id: idOf(scope, fresh.map(({zone}) => zone).sort()),
      scope,
      kind: 'deletions',
      reason: `would delete ${count} of ${total} zones${besides}, more than ${this.#most(total)}`,
      at: this.#options.now(),
      count,
      changes: fresh.slice(0, MAX_LISTED_CHANGES),
      status: 'held',
    }
  }

  /**
   * Zones whose deletion was rejected, for as long as they are found; and whether some of the rest wait for a decision: they go
   * on waiting, whatever became of the others. Plans of the scope that are no longer found need no decision any more.
   */
  async #keptFrom(
    scope: PlanScope,
    suspect: readonly PlannedChange[],
    id: string,
  ): Promise<{kept: ReadonlySet<ZoneName>; waits: boolean}> {
    const {board} = this.#options
    const found = new Set(suspect.map(({zone}) => zone))
    const kept = new Set<ZoneName>()
    const others: HeldPlan[] = []
    for (const plan of await board.list()) {
      if (plan.kind !== 'deletions' || nameOf(plan.scope) !== nameOf(scope)) continue
      const still = plan.changes.filter(({zone}) => found.has(zone))
      if (plan.status !== 'rejected' || still.length === 0) others.push(plan)
      else if (plan.id === id) for (const zone of found) kept.add(zone)
      else for (const {zone} of still) kept.add(zone)
    }
    const fresh = [...found].filter((zone) => !kept.has(zone)).sort()
    const freshId = idOf(scope, fresh)
    for (const plan of others) if (plan.id !== freshId) await board.drop(plan.id)
    const waiting = new Set(others.flatMap(({changes}) => changes.map(({zone}) => zone)))
    return {kept, waits: fresh.some((zone) => waiting.has(zone))}
  }

  /** Deletions that trickle are as many as those that come at once. */
  #roomFor(scope: PlanScope, total: number): number {
    return this.#most(total) - this.#recentlySpent(scope)
  }

  #most(total: number): number {
    const {limits} = this.#options
    return Math.max(limits.deletions, Math.floor(total * limits.deletionShare))
  }

  #recentlySpent(scope: PlanScope): number {
    const since = this.#options.now() - REMEMBERED_MS
    const recent = (this.#deletions.get(nameOf(scope)) ?? []).filter(({at}) => at > since)
    this.#deletions.set(nameOf(scope), recent)
    return recent.reduce((sum, {count}) => sum + count, 0)
  }

  #spent(scope: PlanScope, count: number): void {
    this.#deletions.get(nameOf(scope))?.push({at: this.#options.now(), count})
  }

  /** Whether the store may take an update that nobody asked for. */
  async admitLoss({zone, before, after, content}: Loss): Promise<GuardVerdict> {
    const {limits, now} = this.#options
    const scope: PlanScope = {kind: 'store'}
    if (!losesMost({before, after}, limits) || limits.exempt.has(zone)) return {admitted: true}
    const id = idOf(scope, [zone, content])
    const reason = `would replace ${zone} of ${before} records by one of ${after}`
    const changes = [{zone, action: 'update', because: 'changed on the primary without an API call'}] as const
    const plan = {
      id,
      scope,
      reason,
      at: now(),
      count: 1,
      changes,
      kind: 'record loss',
      status: 'held',
    } as const
    if (!(await this.#isApproved(plan))) return {admitted: false, plan: id}
    await this.#options.board.drop(id)
    return {admitted: true}
  }

  /** The zone is as it should be, whatever was held of it before. */
  async settled(zone: ZoneName): Promise<void> {
    const {board} = this.#options
    for (const {id, kind, changes} of await board.list()) {
      if (kind === 'record loss' && changes[0]?.zone === zone) await board.drop(id)
    }
  }

  async #isApproved(plan: HeldPlan): Promise<boolean> {
    const {board, log} = this.#options
    const status = await board.status(plan.id)
    if (status !== undefined) return status === 'approved'
    await board.hold(plan)
    const {id, scope, reason} = plan
    log.error({event: 'plan.held', plan: id, scope, reason}, 'a plan is held until somebody decides it')
    return false
  }
}

const REMEMBERED_MS = 3_600_000

/** Whether so many records of a zone would be lost that somebody has to say that it is meant. */
export function losesMost(
  {before, after}: {before: number; after: number},
  {records, recordLossShare}: Pick<GuardLimits, 'records' | 'recordLossShare'>,
): boolean {
  return before > records && before - after > before * recordLossShare
}

function nameOf(scope: PlanScope): string {
  return scope.kind === 'store' ? 'store' : `secondary ${scope.secondary}`
}

function idOf(scope: PlanScope, parts: readonly string[]): string {
  return hash('sha256', [nameOf(scope), ...parts].join('\n'), 'hex').slice(0, 10)
}
