import type {ZoneName} from '../dns/name.js'

/** What a comparison wants done to one zone. */
export type PlannedAction = 'create' | 'update' | 'delete'

export interface PlannedChange {
  zone: ZoneName
  action: PlannedAction
  /** In words, e.g. `gone from the primary`. */
  because: string
}

/** Whose zones a plan changes: the zone store's, or one secondary's. */
export type PlanScope = {kind: 'store'} | {kind: 'secondary'; secondary: string}

/** Changes that no machine should decide: they wait for a person. */
export interface HeldPlan {
  /** Short, and the same for the same plan however often it is found. */
  id: string
  scope: PlanScope
  kind: 'deletions' | 'record loss'
  /** Why it is held, in words. */
  reason: string
  /** Milliseconds since 1970 by the clock of whoever found it. */
  at: number
  /** How many changes there are; `changes` has the first of them. */
  count: number
  changes: readonly PlannedChange[]
  /** `approved` is carried out by whoever found it; `rejected` stays until the plan is no longer found. */
  status: PlanStatus
}

export type PlanStatus = 'held' | 'approved' | 'rejected'

/** The most changes that a held plan lists. */
export const MAX_LISTED_CHANGES = 100
