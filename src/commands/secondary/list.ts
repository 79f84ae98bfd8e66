import type {SecondaryHealth} from '../../lib/sync/watch/health.js'
import {SystemCommand} from '../system-base.js'

export default class SecondaryList extends SystemCommand<SecondaryHealth[]> {
  static override summary = 'List the secondaries, and how each of them stands'
  static override description =
    `What each said of itself in its last heartbeat: PENDING are zones whose newest version it does not serve yet, LAG is for how
long the oldest of these waits, LOAD is per core. A secondary is \`inactive\` where its last heartbeat is older than
\`health_checker.inactive_after\`, and \`paused\` where somebody said \`pdist secondary pause\`. Exits with 0 whatever it
finds: \`pdist health\` judges.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json | jq -r \'.[] | select(.state != "ok") | .secondary\'',
  ]

  async run(): Promise<SecondaryHealth[]> {
    await this.parse(SecondaryList)
    const [{listSecondaries}, {secondaryListLines}] = await Promise.all([
      import('../../lib/system/secondaries.js'),
      import('../../lib/ui/secondary-lines.js'),
    ])
    await using system = await this.open()
    const secondaries = await listSecondaries(system, this.signal)
    for (const line of secondaryListLines(secondaries)) this.log(line)
    return secondaries
  }
}
