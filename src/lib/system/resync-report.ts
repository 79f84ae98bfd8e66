import {countItems, type ResyncItem} from '../sync/compare/resync-items.js'
import type {ResyncReport} from '../sync/compare/resync-report.js'
import type {LeftItem, ResyncRun} from '../sync/compare/resync-run.js'
import type {System} from './system.js'

interface ResyncFacts extends Pick<ResyncReport, 'secondary' | 'state' | 'zones' | 'ms' | 'error'> {
  items: readonly ResyncItem[]
  /** Undefined where nothing was begun. */
  run: ResyncRun | undefined
}

const ASKED_FOR_REASONS = 20

/** How a resync ended. Where something is left although there was time, the secondary is asked why. */
export async function resyncReport(
  system: System,
  {items, run, ...facts}: ResyncFacts,
): Promise<ResyncReport> {
  const {secondary, state, error} = facts
  const mayAsk = state !== 'interrupted' && !error
  const left = run ? run.left : items.map(withoutWay)
  const held = mayAsk && items.some(({way}) => way === 'held')
  return {
    ...facts,
    plan: countItems(items),
    changes: items.filter(({action}) => action !== 'transfer').map(withoutWay),
    ordered: run?.ordered ?? 0,
    proved: run?.proved ?? 0,
    left: state === 'differs' && mayAsk ? await explained(system, secondary, left) : left,
    held: held ? await heldOf(system, secondary) : [],
  }
}

function withoutWay({way: _, ...item}: ResyncItem): Omit<ResyncItem, 'way'> {
  return item
}

/** The first of them, where no receipt told why. */
async function explained(system: System, secondary: string, left: readonly LeftItem[]): Promise<LeftItem[]> {
  const asked = left.slice(0, ASKED_FOR_REASONS).map(async (item) => {
    if (item.error) return item
    const standing = await system.commands.stand(secondary, item.zone).catch(() => undefined)
    return {...item, ...(standing?.problem ? {error: standing.problem} : {})}
  })
  return [...(await Promise.all(asked)), ...left.slice(ASKED_FOR_REASONS)]
}

async function heldOf(system: System, secondary: string): Promise<ResyncReport['held']> {
  const plans = (await system.control.list()).filter(
    ({scope, status}) => status === 'held' && scope.kind === 'secondary' && scope.secondary === secondary,
  )
  return plans.map(({id, count, reason}) => ({id, count, reason}))
}
