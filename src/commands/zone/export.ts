import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {RecordText} from '../../lib/system/zone-export.js'
import {SystemCommand} from '../system-base.js'

export interface ZoneExportReport {
  zone: string
  from: string
  serial: number
  /** The file that was written. */
  output?: string
  /** Where no file was written. */
  records?: RecordText[]
}

export default class ZoneExport extends SystemCommand<ZoneExportReport> {
  static override summary = 'Write the zone file of what any server has of a zone'
  static override description =
    `By default it is what the zone store has, which is what the secondaries get. \`primary\` is read by AXFR (section
[primary]); a secondary transfers the zone from its own PowerDNS and sends it through the broker.

The SOA comes first, then all records in canonical order (RFC 4034), signatures included, names absolute: files of equal
zones are equal. Types without a name are written as RFC 3597 says. PowerDNS's own types ALIAS and LUA have their names,
which PowerDNS's tools read; other servers' tools need --generic.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> example.com',
    {
      description: 'What ns1 really serves, into a file',
      command: '<%= config.bin %> <%= command.id %> example.com --from ns1 --output example.com.zone',
    },
    {
      description: 'Only the addresses',
      command: `<%= config.bin %> <%= command.id %> example.com --json | jq -r '.records[] | select(.type == "A") | [.name, .content] | @tsv'`,
    },
  ]
  static override args = {zone: Args.string({required: true, description: 'Name of the zone'})}
  static override flags = {
    from: Flags.string({
      default: 'store',
      helpValue: 'primary|store|SECONDARY',
      summary: 'Whose contents of the zone',
    }),
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      summary: 'Write this file, as a whole or not at all, instead of stdout',
    }),
    force: Flags.boolean({summary: 'Replace the file where it is there', dependsOn: ['output']}),
    generic: Flags.boolean({
      summary: "Write PowerDNS's own types so that other servers read them (RFC 3597)",
    }),
  }

  async run(): Promise<ZoneExportReport> {
    const {args, flags} = await this.parse(ZoneExport)
    const zone = await this.zone(args.zone)
    const config = await this.settings(flags.from === 'primary' ? ['primary'] : [])
    const [{readZoneFrom}, {recordsOf, zoneFilePieces}] = await Promise.all([
      import('../../lib/system/zone-contents.js'),
      import('../../lib/system/zone-export.js'),
    ])
    const {signal} = this
    await using system = await this.open()
    this.tell(`reading ${zone} from ${flags.from}`)
    const contents = await readZoneFrom(system, config, {zone, from: flags.from}, signal)
    const {from, serial} = contents
    const pieces = () => zoneFilePieces(contents, {generic: flags.generic})
    if (flags.output !== undefined) {
      const {writeAtomically} = await import('../../lib/system/atomic-file.js')
      await writeAtomically(flags.output, pieces(), {replace: flags.force, signal})
      return {zone, from, serial, output: flags.output}
    }
    if (this.jsonEnabled()) return {zone, from, serial, records: recordsOf(contents)}
    const {writeAll} = await import('../../lib/ui/write-all.js')
    await writeAll(process.stdout, pieces(), signal)
    return {zone, from, serial}
  }
}
