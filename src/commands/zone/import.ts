import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {PushReport} from '../../lib/sync/push.js'
import {durationFlag, waitFlag} from '../flags-base.js'
import {ImportingCommand, type ImportOutcome, importFlags} from './import-base.js'

export interface ZoneImportReport extends ImportOutcome {
  zone: string
  /** Where something was applied. */
  push?: PushReport
}

export default class ZoneImport extends ImportingCommand<ZoneImportReport> {
  static override summary = 'Give a zone on the primary the records of a zone file, and wait for the proof'
  static override description =
    `Reads the file (RFC 1035: $ORIGIN, $TTL, $INCLUDE, BIND's $GENERATE, parentheses, escapes, all types; the first origin is
the zone), compares it with what the primary has, shows what would change, and asks. Then it changes those RRsets through
the primary's API (section [primary]), a zone that is not there is created, and waits until every active secondary proves
that it serves it, as \`pdist zone push\` does. All that is wrong with the file is told with file and line, and then
nothing was changed; what hardly is as it was meant (several TTLs in one RRset, a name server of the zone without an
address) is warned about. Without a difference nothing is done.

The SOA's serial stays the primary's, which PowerDNS raises with each change (\`soa_edit_api\`; where that is off, nobody
does); the SOA is changed where anything else in it differs. DNSSEC records (RRSIG, NSEC, NSEC3, NSEC3PARAM, DNSKEY, CDS,
CDNSKEY) are the primary's own business: they are left as they are, and those of the file are counted and skipped. Disabled
records and comments stay. A large change goes in several calls; each is made as a whole or not at all.

A zone that is created is of the kind \`primary\`, so that PowerDNS can tell of changes around the API; --kind native if it
shall not.`
  static override examples = [
    {
      description: 'Show what would change, and ask',
      command: '<%= config.bin %> <%= command.id %> example.com --file example.com.zone',
    },
    {
      description: 'Only look',
      command: '<%= config.bin %> <%= command.id %> example.com --file example.com.zone --dry-run',
    },
    {
      description: 'From a script, out of a repository',
      command:
        'git show HEAD:example.com.zone | <%= config.bin %> <%= command.id %> example.com --file - --yes',
    },
  ]
  static override args = {zone: Args.string({required: true, description: 'Name of the zone'})}
  static override flags = {
    file: Flags.string({
      char: 'f',
      required: true,
      helpValue: 'FILE|-',
      summary: 'The zone file; `-` is stdin',
    }),
    'dry-run': Flags.boolean({summary: 'Show what differs, and change nothing'}),
    ...importFlags,
    'accept-loss': Flags.boolean({
      summary: 'With --yes, also where the zone loses most of its records (section [guard])',
    }),
    wait: waitFlag({default: 'all', summary: 'How many active secondaries have to confirm'}),
    timeout: durationFlag({
      default: 30_000,
      defaultHelp: async () => '30s',
      summary: 'How long to wait for them',
    }),
  }

  async run(): Promise<ZoneImportReport> {
    const {args, flags} = await this.parse(ZoneImport)
    const zone = await this.zone(args.zone)
    // Nothing is changed where nobody could be told of it.
    await using system = flags['dry-run'] ? undefined : await this.open()
    const outcome = {zone, ...(await this.importFile(zone, flags))}
    if (!system || !outcome.applied) {
      const isDone = outcome.action === 'nothing' || flags['dry-run']
      if (!isDone) this.logToStderr('nothing was changed')
      return isDone ? outcome : this.notDone(outcome)
    }
    const [push] = await this.pushImported(system, zone, {...flags, acceptLoss: true, imported: true})
    const report = push ? {...outcome, push} : outcome
    return push?.confirmed ? report : this.notDone(report)
  }
}
