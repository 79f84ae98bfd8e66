import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {ResyncReport} from '../lib/system/resync.js'
import {durationFlag} from './flags-base.js'
import {SystemCommand} from './system-base.js'

const LISTED = 50

export default class Resync extends SystemCommand<ResyncReport> {
  static override summary = 'Compare a secondary with the zone store, and put right what differs'
  static override description =
    `The health-checker does the same by itself every so often; this does it now, and waits until the secondary proves
that it serves what the store has. Exits with 1 if it does not in time, or if something is held (\`pdist plan list\`).`
  static override examples = [
    '<%= config.bin %> <%= command.id %> ns1',
    {description: 'Only look', command: '<%= config.bin %> <%= command.id %> ns1 --dry-run'},
    {
      description: 'All of them, from cron',
      command:
        'for name in ns1 ns2; do <%= config.bin %> <%= command.id %> $name || echo "look at $name"; done',
    },
  ]
  static override args = {secondary: Args.string({required: true, description: 'Name of the secondary'})}
  static override flags = {
    'dry-run': Flags.boolean({summary: 'Show what differs, and change nothing'}),
    timeout: durationFlag({
      default: 300_000,
      defaultHelp: async () => '5m',
      summary: 'How long to wait until the secondary is equal',
    }),
  }

  async run(): Promise<ResyncReport> {
    const {args, flags} = await this.parse(Resync)
    const config = await this.settings()
    const {resyncSecondary} = await import('../lib/system/resync.js')
    await using system = await this.open()
    let told = -1
    const report = await resyncSecondary(system, config, args.secondary, {
      dryRun: flags['dry-run'],
      timeoutMs: flags.timeout,
      signal: this.signal,
      onProgress: (left) => {
        if (left !== told && left > 0) this.logToStderr(`${args.secondary}: ${left} zones differ`)
        told = left
      },
    })
    for (const line of linesOf(report)) this.log(line)
    return report.state === 'differs' ? this.notDone(report) : report
  }
}

function linesOf({secondary, state, zones, changes, left}: ResyncReport): string[] {
  const listed = (state === 'planned' ? changes : left).slice(0, LISTED)
  const lines = listed.map(({zone, action, because}) => `${action}  ${zone}  ${because}`)
  if (left.length > listed.length) lines.push(`… and ${left.length - listed.length} more`)
  if (state === 'equal')
    return [...lines, `${secondary} serves what the store has: ${zones} zones, ${changes.length} put right`]
  return [...lines, `${secondary}: ${left.length} of ${zones} zones differ from the store`]
}
