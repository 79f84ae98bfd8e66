import * as Args from '@oclif/core/args'
import type {HeldPlan} from '../../lib/zone/plan.js'
import {PlanCommand} from './base.js'

export default class PlanShow extends PlanCommand {
  static override summary = 'Show a held plan, and what it would do to which zones'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 3f2a90c1de',
    "<%= config.bin %> <%= command.id %> 3f2a90c1de --json | jq -r '.changes[].zone'",
  ]
  static override args = {id: Args.string({required: true, description: 'Id of the plan'})}

  async run(): Promise<HeldPlan> {
    const {args} = await this.parse(PlanShow)
    const {planLines} = await import('../../lib/ui/plan-view.js')
    const plan = await this.plan(args.id)
    for (const line of planLines(plan)) this.log(line)
    return plan
  }
}
