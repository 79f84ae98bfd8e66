import * as Flags from '@oclif/core/flags'
import type {ForgetReport} from '../../lib/sync/watch/secondary-details.js'
import {secondaryArg} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

export default class SecondaryForget extends SystemCommand<ForgetReport> {
  static override summary = 'Forget a secondary that is gone for good'
  static override description =
    `Removes its last heartbeat, its place in the zone store's stream, what is kept about it (its last comparison, a pause, plans
that wait), and its name. From then on health, pushes and metrics know nothing of it. Its PowerDNS and the zones there
stay as they are.

Asks before it does so. Refused with PDIST_SECONDARY_ACTIVE while it is at work: stop and disable its syncer first. Should a syncer of this name be
started later, it is a new one, and gets everything.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> ns3',
    {
      description: 'From a script, where nobody can be asked',
      command: '<%= config.bin %> <%= command.id %> ns3 --yes',
    },
  ]
  static override args = {secondary: secondaryArg({required: true})}
  static override flags = {
    yes: Flags.boolean({char: 'y', summary: 'Do not ask'}),
  }

  async run(): Promise<ForgetReport> {
    const {args, flags} = await this.parse(SecondaryForget)
    const [{forgettable, forgetSecondary, forgetReport}, {forgetLines, forgetQuestion}, {confirm}] =
      await Promise.all([
        import('../../lib/system/forget.js'),
        import('../../lib/ui/secondary-lines.js'),
        import('../../lib/ui/confirm.js'),
      ])
    const {secondary} = args
    await using system = await this.open()
    const known = await forgettable(system, secondary, this.signal)
    const terminal = {input: process.stdin, output: process.stderr}
    const isMeant = flags.yes || (await confirm(forgetQuestion(secondary, known), terminal, this.signal))
    const report = isMeant
      ? await forgetSecondary(system, secondary, this.signal)
      : forgetReport('kept', secondary, known)
    for (const line of forgetLines(report)) this.log(line)
    return isMeant ? report : this.notDone(report)
  }
}
