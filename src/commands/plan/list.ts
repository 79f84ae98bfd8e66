import type {HeldPlan} from '../../lib/zone/plan.js'
import {SystemCommand} from '../system-base.js'

export default class PlanList extends SystemCommand<HeldPlan[]> {
  static override summary = 'List the changes that wait for a decision'
  static override description =
    `A plan is held where a comparison would delete too many zones at once, or where a zone would lose too many of its
records without an API call: section [guard] of the configuration. A plan that is no longer found disappears by itself.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json | jq -r \'.[] | select(.status == "held") | .id\'',
  ]

  async run(): Promise<HeldPlan[]> {
    await this.parse(PlanList)
    const {planListLines} = await import('../../lib/ui/plan-view.js')
    await using system = await this.open()
    const plans = await system.control.list()
    for (const line of planListLines(plans)) this.log(line)
    return plans
  }
}
