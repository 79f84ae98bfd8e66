import * as Flags from '@oclif/core/flags'
import {SystemCommand} from '../system-base.js'

export default class ZoneList extends SystemCommand<void> {
  static override summary = 'List the zones in the zone store'
  static override description =
    `One line for each zone, with the serial and size of its newest version, as the secondaries get it. Up to 5,000 zones are
in the order of their names; more are told as they are read, in the order of their last changes, the oldest first. Where
it cannot be read to its end, the command fails and what it has told is not all.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {description: 'Deleted zones too', command: '<%= config.bin %> <%= command.id %> --deleted'},
    "<%= config.bin %> <%= command.id %> --json | jq -r '.[] | select(.signed) | .zone'",
  ]
  static override flags = {
    deleted: Flags.boolean({summary: 'Also zones that were deleted, while it is remembered'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(ZoneList)
    const [{jsonArray, zoneListRows, zoneTable}, {writeAll}] = await Promise.all([
      import('../../lib/ui/zone-list-lines.js'),
      import('../../lib/ui/write-all.js'),
    ])
    await using system = await this.open()
    const rows = zoneListRows(system.states(this.signal), flags)
    const pieces = this.jsonEnabled() ? jsonArray(rows) : texts(zoneTable(rows))
    await writeAll(process.stdout, pieces, this.signal)
  }

  /** Each row was told when it was known. */
  override logJson(): void {}
}

async function* texts(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const lines of batches) yield `${lines.join('\n')}\n`
}
