import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {PdistError} from '../../lib/errors.js'
import type {PushRow} from '../../lib/sync/push.js'
import type {ZoneWaitReport} from '../../lib/sync/zone-wait.js'
import type {ZoneTarget} from '../../lib/system/zone-wait.js'
import {durationFlag, InvalidFlagError, waitFlag} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

export default class ZoneWait extends SystemCommand<ZoneWaitReport> {
  static override summary = 'Wait until the secondaries serve a zone, a serial or a record'
  static override description =
    `Asks every active secondary at once what its PowerDNS answers over DNS, and again whenever it has proved something
new. Without --serial and --record it waits for what the zone store has at this moment, or anything newer; a change
that was made through the API a moment ago may not be there yet, so name its serial or a record of it. Changes
nothing. Exits with 1 if it was not there in time.

A record is written name/type/value: the name relative to the zone, or whole; of a TXT record the text, with or
without quotes. Other records of the same name and type do not matter.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> example.com',
    {
      description: 'A script has just set an ACME challenge',
      command:
        '<%= config.bin %> <%= command.id %> example.com --record _acme-challenge/TXT/gfj9Xq…Rg85nM --timeout 10s',
    },
    {
      description: 'The serial that the primary has, or a newer one, at any secondary',
      command:
        "<%= config.bin %> <%= command.id %> example.com --wait any --serial $(dig +short SOA example.com @::1 | cut -d' ' -f3)",
    },
  ]
  static override args = {zone: Args.string({required: true, description: 'Name of the zone'})}
  static override flags = {
    serial: Flags.integer({
      min: 0,
      max: 0xffff_ffff,
      helpValue: 'N',
      exclusive: ['record'],
      summary: 'A version with this serial, or a newer one (RFC 1982), stored already or not',
    }),
    record: Flags.string({helpValue: 'NAME/TYPE/VALUE', summary: 'An answer with this record'}),
    wait: waitFlag({default: 'all', summary: 'How many active secondaries must serve it'}),
    timeout: durationFlag({
      default: 30_000,
      defaultHelp: async () => '30s',
      summary: 'How long to wait',
    }),
  }

  async run(): Promise<ZoneWaitReport> {
    const {args, flags} = await this.parse(ZoneWait)
    const zone = await this.zone(args.zone)
    const [{prepareZoneWait, readRecord}, {showZoneWait, zoneWaitSummary}] = await Promise.all([
      import('../../lib/system/zone-wait.js'),
      import('../../lib/ui/zone-wait-view.js'),
    ])
    const {serial, record, wait: waitFor, timeout: timeoutMs} = flags
    const target: ZoneTarget = {
      ...(serial === undefined ? {} : {serial}),
      ...(record === undefined ? {} : {record: usage('--record', () => readRecord(record, zone))}),
    }
    await using system = await this.open()
    const {signal} = this
    const {secondaries, wait} = await prepareZoneWait(system, zone, target, signal)
    if (typeof waitFor === 'number' && waitFor > secondaries.length) {
      throw new InvalidFlagError(`--wait ${waitFor}: there are only ${secondaries.length} secondaries`, {
        hints: ['Say `--wait all`, or run `pdist health` for which there are'],
      })
    }
    const json = this.jsonEnabled()
    const show = {
      zone,
      secondaries,
      isTerminal: process.stdout.isTTY && !json,
      write: (line: string) => void (json || process.stderr.write(line)),
    }
    let proofs = 0
    this.whenInterrupted(
      () => `${proofs} of ${secondaries.filter(({active}) => active).length} secondaries have it`,
    )
    const report = await showZoneWait(show, (onProof) => {
      const counted = (row: PushRow) => {
        proofs++
        onProof(row)
      }
      return wait({waitFor, timeoutMs, onProof: counted, signal})
    })
    this.log(zoneWaitSummary(report))
    return report.confirmed ? report : this.notDone(report)
  }
}

/** What cannot be read is a mistake in the flag. */
function usage<T>(flag: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PdistError)) throw error
    throw new InvalidFlagError(`${flag}: ${error.message}`, {cause: error, hints: error.hints})
  }
}
