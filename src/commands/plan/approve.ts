import * as Args from '@oclif/core/args'
import type {HeldPlan} from '../../lib/zone/plan.js'
import {PlanCommand} from './base.js'

export default class PlanApprove extends PlanCommand {
  static override summary = 'Carry out a held plan'
  static override description =
    'Whoever found the plan carries it out when it finds the very same plan again, which it does at once.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 3f2a90c1de',
    {description: 'See first what it would do', command: '<%= config.bin %> plan show 3f2a90c1de'},
  ]
  static override args = {id: Args.string({required: true, description: 'Id of the plan'})}

  async run(): Promise<HeldPlan> {
    const {args} = await this.parse(PlanApprove)
    const plan = await this.plan(args.id, 'approved')
    this.log(`${plan.status}: ${plan.reason}`)
    this.log('It is carried out as soon as a comparison finds just this plan again, which begins now.')
    return plan
  }
}
