import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {VersionRecord} from '../../lib/sync/watch/version-history.js'
import {durationFlag} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

export default class ZoneHistory extends SystemCommand<VersionRecord[]> {
  static override summary = "Show a zone's versions, and who served them when"
  static override description =
    `The newest first: when each version was stored, because of which changes, and how long after the first of them each
secondary proved that it served it. Kept for \`broker.events_kept\`, and for the last 100 versions. Exits with 1 where nothing is remembered of the zone.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> example.com',
    {description: 'Today', command: '<%= config.bin %> <%= command.id %> example.com --since 1d --limit 100'},
    {
      description: 'How long each secondary took, in milliseconds',
      command: `<%= config.bin %> <%= command.id %> example.com --json | jq '.[] | {serial, ms: [.served[].ms]}'`,
    },
  ]
  static override args = {zone: Args.string({required: true, description: 'Name of the zone'})}
  static override flags = {
    since: durationFlag({summary: 'Begin so long ago'}),
    limit: Flags.integer({default: 20, min: 1, max: 10_000, summary: 'How many versions'}),
  }

  async run(): Promise<VersionRecord[]> {
    const {args, flags} = await this.parse(ZoneHistory)
    const [{zoneHistory}, {historyLines}] = await Promise.all([
      import('../../lib/system/happenings.js'),
      import('../../lib/ui/history-view.js'),
    ])
    const zone = await this.zone(args.zone)
    await using system = await this.open()
    const since = flags.since === undefined ? {} : {since: Date.now() - flags.since}
    const versions = await zoneHistory(system, zone, {limit: flags.limit, ...since}, this.signal)
    for (const line of historyLines(versions)) this.log(line)
    if (versions.length > 0) return versions
    this.logToStderr(`Nothing is remembered of ${zone}`)
    return this.notDone(versions)
  }
}
