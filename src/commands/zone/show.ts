import * as Args from '@oclif/core/args'
import type {ZoneReport} from '../../lib/system/zone-view.js'
import {SystemCommand} from '../system-base.js'

export default class ZoneShow extends SystemCommand<ZoneReport> {
  static override summary = 'Show a zone in the store, and what every secondary serves of it'
  static override description =
    `Each active secondary asks its PowerDNS over DNS at this moment. Exits with 1 unless all of them, but for those that are paused, serve the
newest version, or, of a deleted zone, nothing.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> example.com',
    '<%= config.bin %> <%= command.id %> 0/25.2.0.192.in-addr.arpa',
    "<%= config.bin %> <%= command.id %> example.com --json | jq '.secondaries[] | {secondary, serial, lag}'",
  ]
  static override args = {zone: Args.string({required: true, description: 'Name of the zone'})}

  async run(): Promise<ZoneReport> {
    const {args} = await this.parse(ZoneShow)
    const zone = await this.zone(args.zone)
    const [{viewZone}, {UnknownZoneError}, {zoneReportLines}] = await Promise.all([
      import('../../lib/system/zone-view.js'),
      import('../../lib/sync/errors.js'),
      import('../../lib/ui/zone-report.js'),
    ])
    await using system = await this.open()
    const report = await viewZone(system, zone, this.signal)
    if (!report) {
      throw new UnknownZoneError(`the store does not know ${zone}`, {
        hints: [
          `Run \`pdist zone push ${zone}\` to take it from the primary`,
          'Run `pdist zone list` for what there is',
        ],
      })
    }
    for (const line of zoneReportLines(report)) this.log(line)
    const isFine = report.secondaries.every(({state}) => ['current', 'inactive', 'paused'].includes(state))
    return isFine ? report : this.notDone(report)
  }
}
