import type {HeldPlan, PlanScope} from '../zone/plan.js'
import {printable} from './printable.js'
import {type Column, tableLines} from './table.js'

const PLANS: readonly Column[] = [
  {head: 'PLAN'},
  {head: 'STATUS'},
  {head: 'OF'},
  {head: 'SINCE'},
  {head: 'REASON'},
]
const CHANGES: readonly Column[] = [{head: 'ZONE'}, {head: 'ACTION'}, {head: 'BECAUSE'}]

/** One line for each plan. */
export function planListLines(plans: readonly HeldPlan[]): string[] {
  if (plans.length === 0) return ['no plan waits for a decision']
  const rows = plans.map(({id, status, scope, at, reason}) => [
    id,
    status,
    scopeName(scope),
    new Date(at).toISOString(),
    printable(reason),
  ])
  return tableLines(PLANS, rows)
}

/** A plan with the zones that it names. */
export function planLines({id, status, scope, at, reason, count, changes}: HeldPlan): string[] {
  const rows = changes.map(({zone, action, because}) => [printable(zone), action, printable(because)])
  const more = count - changes.length
  return [
    `plan ${id} of ${scopeName(scope)}: ${status}, found ${new Date(at).toISOString()}`,
    printable(reason),
    ...tableLines(CHANGES, rows),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
}

function scopeName(scope: PlanScope): string {
  return scope.kind === 'store' ? 'the store' : scope.secondary
}
