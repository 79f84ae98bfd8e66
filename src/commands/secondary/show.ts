import type {SecondaryDetails} from '../../lib/sync/watch/secondary-details.js'
import {secondaryArg} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

export default class SecondaryShow extends SystemCommand<SecondaryDetails> {
  static override summary = 'Show everything that is known about a secondary'
  static override description =
    `Its last heartbeat (state, versions, memory, disks, signatures, zones with problems and what to do about them), its pause,
how it last compared with the store, who runs its syncer, and what waits for it in the broker. Exits with 1 only where
there is no such secondary.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> ns1',
    "<%= config.bin %> <%= command.id %> ns1 --json | jq '.position.waiting'",
  ]
  static override args = {secondary: secondaryArg({required: true})}

  async run(): Promise<SecondaryDetails> {
    const {args} = await this.parse(SecondaryShow)
    const [{showSecondary}, {secondaryLines}] = await Promise.all([
      import('../../lib/system/secondaries.js'),
      import('../../lib/ui/secondary-lines.js'),
    ])
    await using system = await this.open()
    const details = await showSecondary(system, args.secondary, this.signal)
    for (const line of secondaryLines(details)) this.log(line)
    return details
  }
}
