import type {BrokerCheckReport} from '../../lib/system/broker-check.js'
import {SystemCommand} from '../system-base.js'

export default class BrokerCheck extends SystemCommand<BrokerCheckReport> {
  static override summary = 'Compare the streams and buckets in the broker with what pdist wants'
  static override description =
    `Shows what \`pdist broker setup\` would change, and changes nothing: settings that differ, replicas that are missing or
lag behind, storage that runs out, and consumers in which messages wait though nobody reads, or whose secondary nobody knows
any more. Exits with 1 unless everything is as wanted.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json | jq \'.streams[] | select(.state != "as wanted")\'',
    {
      description: 'Put right what differs, if something does',
      command: '<%= config.bin %> <%= command.id %> >/dev/null || <%= config.bin %> broker setup',
    },
  ]

  async run(): Promise<BrokerCheckReport> {
    await this.parse(BrokerCheck)
    const {signal} = this
    const config = await this.settings()
    const [{checkBroker}, {brokerLines}, {paintFor}] = await Promise.all([
      import('../../lib/system/broker-check.js'),
      import('../../lib/ui/broker-view.js'),
      import('../../lib/ui/paint.js'),
    ])
    await using system = await this.open()
    const report = await checkBroker(system, config, signal)
    const {isTTY, columns} = process.stdout
    const options = {columns: isTTY ? columns : undefined, paint: paintFor(process.stdout)}
    for (const line of brokerLines(report, options)) this.log(line)
    return report.asWanted ? report : this.notDone(report)
  }
}
