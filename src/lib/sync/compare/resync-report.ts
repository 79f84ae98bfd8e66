import type {ErrorReport} from '../../errors.js'
import type {ResyncCounts, ResyncItem} from './resync-items.js'
import type {LeftItem} from './resync-run.js'

/** What a resync is about to do. */
export interface ResyncPlan {
  items: readonly ResyncItem[]
  counts: ResyncCounts
}

/** What came of it. */
export interface ResyncReport {
  secondary: string
  /** `planned` with a dry run, `ordered` where nobody waited; `differs` where something is left that is not proved. */
  state: 'equal' | 'planned' | 'ordered' | 'differs' | 'interrupted'
  /** Zones that the secondary served at first. */
  zones: number
  /** How many zones were to be created, updated, deleted, and transferred though nothing differed. */
  plan: ResyncCounts
  /** What differed at first. */
  changes: ReadonlyArray<Omit<ResyncItem, 'way'>>
  /** How many zones were ordered, and how many were proved since. */
  ordered: number
  proved: number
  /** What is not proved, or is to be done. */
  left: readonly LeftItem[]
  /** What of it waits for a decision: `pdist plan`. */
  held: ReadonlyArray<{id: string; count: number; reason: string}>
  /** Milliseconds that it took. */
  ms: number
  /** Why it ended before its time. */
  error?: ErrorReport
}
