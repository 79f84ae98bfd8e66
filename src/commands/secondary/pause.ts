import * as Flags from '@oclif/core/flags'
import type {PauseReport} from '../../lib/sync/watch/secondary-details.js'
import {durationFlag, InvalidFlagError, secondaryArg} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

const MAX_REASON = 200

export default class SecondaryPause extends SystemCommand<PauseReport> {
  static override summary = 'Have a secondary apply nothing, for maintenance'
  static override description =
    `Until \`pdist secondary resume\`, or the end of --for, nothing is created, updated, deleted or repaired there; it goes on to
serve what it has. What changes meanwhile waits in the broker and is applied afterwards, the newest state of each zone
only. The pause outlives restarts of the syncer and of the machine. Pushes do not wait for a paused secondary, and
\`pdist health\` warns of it.

Waits until the secondary says that nothing is under way any more; exits with 1 where it does not in time, which does not
take the order back.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> ns1 --reason "new disk"',
    {description: 'It ends by itself', command: '<%= config.bin %> <%= command.id %> ns1 --for 1h'},
  ]
  static override args = {secondary: secondaryArg({required: true})}
  static override flags = {
    reason: Flags.string({helpValue: 'TEXT', summary: 'Why, for others to read'}),
    for: durationFlag({summary: 'When it ends by itself'}),
    timeout: durationFlag({
      default: 30_000,
      defaultHelp: async () => '30s',
      summary: 'How long to wait until the secondary says so',
    }),
  }

  async run(): Promise<PauseReport> {
    const {args, flags} = await this.parse(SecondaryPause)
    const {reason, for: forMs, timeout: timeoutMs} = flags
    if (reason !== undefined && (reason === '' || reason.length > MAX_REASON))
      throw new InvalidFlagError(`--reason takes 1 to ${MAX_REASON} characters`)
    if (forMs === 0) throw new InvalidFlagError('--for takes more than nothing')
    const [{pauseSecondary}, {pauseLines}, {whoAmI}] = await Promise.all([
      import('../../lib/system/pause.js'),
      import('../../lib/ui/secondary-lines.js'),
      import('../../lib/system/who.js'),
    ])
    await using system = await this.open()
    const order = {by: whoAmI(), reason, forMs, timeoutMs, signal: this.signal}
    const report = await pauseSecondary(system, args.secondary, order)
    for (const line of pauseLines(report)) this.log(line)
    return report.state === 'paused' ? report : this.notDone(report)
  }
}
