import type {PauseReport} from '../../lib/sync/watch/secondary-details.js'
import {durationFlag, secondaryArg} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

export default class SecondaryResume extends SystemCommand<PauseReport> {
  static override summary = 'Let a paused secondary go on'
  static override description =
    `What waited is applied at once, then everything is compared with the store. Waits until the secondary says that it is at
work again, which is not yet that it serves everything: \`pdist resync\` waits for that. Of a secondary that is not paused
it only has it say so. Exits with 1 where the secondary does not say so in time, which does not take the order back.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> ns1',
    {
      description: 'And wait until it serves everything',
      command: '<%= config.bin %> <%= command.id %> ns1 && <%= config.bin %> resync ns1',
    },
  ]
  static override args = {secondary: secondaryArg({required: true})}
  static override flags = {
    timeout: durationFlag({
      default: 30_000,
      defaultHelp: async () => '30s',
      summary: 'How long to wait until the secondary says so',
    }),
  }

  async run(): Promise<PauseReport> {
    const {args, flags} = await this.parse(SecondaryResume)
    const [{resumeSecondary}, {pauseLines}] = await Promise.all([
      import('../../lib/system/pause.js'),
      import('../../lib/ui/secondary-lines.js'),
    ])
    await using system = await this.open()
    const waiting = {timeoutMs: flags.timeout, signal: this.signal}
    const report = await resumeSecondary(system, args.secondary, waiting)
    for (const line of pauseLines(report)) this.log(line)
    return report.state === 'running' ? report : this.notDone(report)
  }
}
