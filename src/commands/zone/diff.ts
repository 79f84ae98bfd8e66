import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {ZoneComparison, ZoneDiff} from '../../lib/system/zone-diff.js'
import {InvalidFlagError} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

export default class ZoneDiffCommand extends SystemCommand<ZoneDiff[]> {
  static override summary = 'Show which records of a zone differ between servers'
  static override description =
    `Compares all records, as the servers transfer them at this moment, and shows the RRsets that differ as a unified diff
does: - is what only the first server has, + what only the second one has. Without --between it compares the primary (the
zone store, where [primary] is not configured) with every active secondary, one after the other.

Signatures (RRSIG) count by their key, dates and what they cover, not by their bytes: those that PowerDNS makes while it
transfers are different each time. After the primary made new ones (on Thursdays, as PowerDNS does it) they differ until
the change has arrived; --no-signatures leaves them out. CDS and CDNSKEY records of an unsigned zone are in no transfer.

Exits with 0 where nothing differs, with 1 where something does or a secondary could not be asked.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> example.com',
    {
      description: 'What has not arrived at ns1 yet, or was changed there',
      command: '<%= config.bin %> <%= command.id %> example.com --between primary,ns1',
    },
    {
      description: 'Two secondaries, signatures aside',
      command: '<%= config.bin %> <%= command.id %> example.com --between ns1,ns2 --no-signatures',
    },
    "<%= config.bin %> <%= command.id %> example.com --json | jq '.[] | select(.same | not) | .between[1]'",
  ]
  static override args = {zone: Args.string({required: true, description: 'Name of the zone'})}
  static override flags = {
    between: Flags.string({
      helpValue: 'A,B',
      summary: 'The two sides: `primary`, `store`, or names of secondaries',
    }),
    signatures: Flags.boolean({allowNo: true, default: true, summary: 'Compare signatures, too'}),
  }

  async run(): Promise<ZoneDiff[]> {
    const {args, flags} = await this.parse(ZoneDiffCommand)
    const zone = await this.zone(args.zone)
    const between = flags.between === undefined ? undefined : sidesOf(flags.between)
    const config = await this.settings(between?.includes('primary') ? ['primary'] : [])
    const {compareZone, diffOf} = await import('../../lib/system/zone-diff.js')
    await using system = await this.open()
    const found: ZoneDiff[] = []
    const onRead = (from: string) => this.tell(`reading ${zone} from ${from}`)
    const request = {zone, between, signatures: flags.signatures, onRead}
    for await (const comparison of compareZone(system, config, request, this.signal)) {
      if (!this.jsonEnabled()) await this.#show(comparison)
      found.push(diffOf(comparison))
    }
    return found.every(({same}) => same) ? found : this.notDone(found)
  }

  async #show({between, serials, differences, error}: ZoneComparison): Promise<void> {
    const [{diffLines}, {writeAll}, {printable}] = await Promise.all([
      import('../../lib/ui/zone-diff.js'),
      import('../../lib/ui/write-all.js'),
      import('../../lib/ui/printable.js'),
    ])
    const [a, b] = between.map((name, side) => `${name} serial ${serials?.[side]}`) as [string, string]
    if (differences.length === 0 && !error) this.tell(`${a} and ${b}: no difference`)
    if (error) this.logToStderr(`${between[1]}: ${printable(error.message)} (${printable(error.code)})`)
    const color = process.stdout.isTTY && process.stdout.hasColors()
    const lines = diffLines({between: [a, b], differences, color})
    await writeAll(
      process.stdout,
      lines.map((line) => `${line}\n`),
      this.signal,
    )
  }
}

function sidesOf(text: string): [string, string] {
  const [a, b, ...more] = text.split(',').map((side) => side.trim())
  if (a && b && more.length === 0) return [a, b]
  throw new InvalidFlagError(`--between ${text}: these are not two servers`, {
    hints: ['Write them with a comma: `--between primary,ns1`'],
  })
}
