import * as Args from '@oclif/core/args'
import type {HeldPlan} from '../../lib/zone/plan.js'
import {PlanCommand} from './base.js'

export default class PlanReject extends PlanCommand {
  static override summary = 'Refuse a held plan, so that it is not carried out'
  static override description =
    'What is served stays as it is. The plan is kept as rejected for as long as it is found, and no longer troubles `pdist health`.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 3f2a90c1de',
    '<%= config.bin %> plan list --json | jq -r \'.[] | select(.status == "held") | .id\' | xargs -n 1 <%= config.bin %> <%= command.id %>',
  ]
  static override args = {id: Args.string({required: true, description: 'Id of the plan'})}

  async run(): Promise<HeldPlan> {
    const {args} = await this.parse(PlanReject)
    const plan = await this.plan(args.id, 'rejected')
    this.log(`${plan.status}: ${plan.reason}`)
    return plan
  }
}
