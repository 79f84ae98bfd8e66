import type {Config} from '../../lib/config/schema.js'
import type {HeldLosses} from '../../lib/sync/provide/held-losses.js'
import {ignoring, restarting} from '../broker.js'
import type {DaemonContext} from '../runner.js'
import type {ComparisonParts} from './comparison.js'

export interface DecisionParts extends Pick<ComparisonParts, 'control' | 'repairs' | 'bell'> {
  losses: HeldLosses
}

type Context = DaemonContext<Config>

/** Carries out what was decided of the store's held plans, and remembers which zones have one. Resolves when aborted. */
export async function heedDecisions(
  context: Context,
  parts: DecisionParts,
  signal: AbortSignal,
): Promise<void> {
  const {log} = context
  const options = {onMalformed: ignoring(context), onRestart: restarting(context, 'plans'), signal}
  const failed = (error: unknown) =>
    log.warn({event: 'plan.not_read', error}, 'what was decided is not known until the next comparison')
  parts.control.list().then((plans) => plans.forEach((plan) => void parts.losses.note(plan)), failed)
  await parts.control.watchDecisions(options, (id) => {
    heed(context, parts, id, signal).catch(failed)
  })
}

async function heed(
  {log}: Context,
  {control, repairs, losses, bell}: DecisionParts,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const plan = await control.plan(id)
  if (!plan) return
  const {scope, kind, status, changes} = plan
  losses.note(plan)
  if (scope.kind !== 'store' || status === 'held') return
  log.info({event: 'plan.decided', plan: id, status}, 'a held plan was decided')
  if (status !== 'approved') return
  if (kind === 'deletions') bell.ring()
  else {
    await repairs.run(
      changes.map(({zone}) => ({zone, gone: false})),
      'approval',
      signal,
    )
  }
}
