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

  constructor(options: GuardOptions) {
    this.#options = options
  }

  /** The changes that may be applied now; `total` is how many zones there are in the scope. */
  async admit(
    scope: PlanScope,
    changes: readonly PlannedChange[],
    total: number,
  ): Promise<readonly PlannedChange[]> {
    const {limits, now} = this.#options
    const suspect = changes.filter(({zone, action}) => action === 'delete' && !limits.exempt.has(zone))
    const most = Math.max(limits.deletions, Math.floor(total * limits.deletionShare))
    if (suspect.length <= most) {
      await this.#dropOthers(scope)
      return changes
    }
    const id = idOf(scope, suspect.map(({zone}) => zone).sort())
    await this.#dropOthers(scope, id)
    const reason = `would delete ${suspect.length} of ${total} zones, more than ${most}`
    const plan = {id, scope, reason, at: now(), count: suspect.length, kind: 'deletions'} as const
    if (await this.#isApproved({...plan, status: 'held', changes: suspect.slice(0, MAX_LISTED_CHANGES)})) {
      await this.#options.board.drop(id)
      return changes
    }
    const held = new Set(suspect)
    return changes.filter((change) => !held.has(change))
  }

  /** Whether the store may take an update that nobody asked for. */
  async admitLoss({zone, before, after, content}: Loss): Promise<GuardVerdict> {
    const {limits, now} = this.#options
    const scope: PlanScope = {kind: 'store'}
    const small = before <= limits.records || before - after <= before * limits.recordLossShare
    if (small || limits.exempt.has(zone)) return {admitted: true}
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

  /** What is no longer found needs no decision any more. */
  async #dropOthers(scope: PlanScope, found?: string): Promise<void> {
    const {board} = this.#options
    for (const {id, kind, scope: other} of await board.list()) {
      if (kind === 'deletions' && id !== found && nameOf(other) === nameOf(scope)) await board.drop(id)
    }
  }
}

function nameOf(scope: PlanScope): string {
  return scope.kind === 'store' ? 'store' : `secondary ${scope.secondary}`
}

function idOf(scope: PlanScope, parts: readonly string[]): string {
  return hash('sha256', [nameOf(scope), ...parts].join('\n'), 'hex').slice(0, 10)
}
