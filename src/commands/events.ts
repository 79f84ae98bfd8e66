import * as Flags from '@oclif/core/flags'
import type {Happening} from '../lib/zone/happening.js'
import {durationFlag} from './flags-base.js'
import {SystemCommand} from './system-base.js'

const HOUR_MS = 3_600_000

export default class Events extends SystemCommand<void> {
  static override summary = 'Show what happened to zones, and what happens'
  static override description =
    `Tells every change, what the zone-providers made of it, and each secondary's proof, a line each, in the order of the
broker's clock. Behind \`+\` is the time since the change. Kept for \`broker.events_kept\`; of each secondary about each zone
the last 100 reports. With --follow it goes on until Ctrl-C, also over a restart of the broker.

With --json every line is one object: its \`kind\` is event, provision or receipt, its \`time\` milliseconds since 1970.`
  static override examples = [
    {description: 'The last hour', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'One zone, from now on',
      command: '<%= config.bin %> <%= command.id %> --follow --zone example.com',
    },
    {
      description: 'Proofs that took longer than a second, since yesterday',
      command:
        '<%= config.bin %> <%= command.id %> --since 1d --json | jq -c \'select(.kind == "receipt" and .receipt.ms > 1000)\'',
    },
  ]
  static override flags = {
    zone: Flags.string({helpValue: 'ZONE', summary: 'Only this zone'}),
    since: durationFlag({summary: 'Begin so long ago (default: 1h, or now with --follow)'}),
    follow: Flags.boolean({char: 'f', summary: 'Go on with what happens from now on'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Events)
    const [{tellHappenings}, {HappeningLines}] = await Promise.all([
      import('../lib/system/happenings.js'),
      import('../lib/ui/happening-lines.js'),
    ])
    const zone = flags.zone === undefined ? '>' : await this.zone(flags.zone)
    await using system = await this.open()
    const ago = flags.since ?? (flags.follow ? undefined : HOUR_MS)
    const since = ago === undefined ? {} : {since: Date.now() - ago}
    const lines = new HappeningLines()
    const tell = (happening: Happening) =>
      process.stdout.write(`${this.jsonEnabled() ? JSON.stringify(happening) : lines.line(happening)}\n`)
    await tellHappenings(system, {zone, follow: flags.follow, ...since}, this.signal, tell)
  }

  /** Each line was told when it was known. */
  override logJson(): void {}
}
