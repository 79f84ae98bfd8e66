import type {HeldPlan, PlanStatus} from '../../lib/zone/plan.js'
import {SystemCommand} from '../system-base.js'

/** A command about one held plan. */
export abstract class PlanCommand extends SystemCommand<HeldPlan> {
  /** The plan after the decision, or as it is. Rejects with NoSuchPlanError. */
  protected async plan(id: string, decision?: PlanStatus): Promise<HeldPlan> {
    const {NoSuchPlanError} = await import('../../lib/sync/errors.js')
    await using system = await this.open()
    const plan = decision ? await system.control.decide(id, decision) : await system.control.plan(id)
    if (plan) return plan
    throw new NoSuchPlanError(`there is no plan ${id}, or no longer`, {
      hints: ['Run `pdist plan list` for what waits for a decision'],
    })
  }
}
