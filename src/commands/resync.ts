import * as Flags from '@oclif/core/flags'
import type {ZoneName} from '../lib/dns/name.js'
import type {ResyncReport} from '../lib/sync/compare/resync-report.js'
import type {Progress} from '../lib/sync/progress.js'
import type {ResyncHooks, ResyncOutputs} from '../lib/ui/resync-show.js'
import {durationFlag, secondaryArg} from './flags-base.js'
import {SystemCommand} from './system-base.js'

export default class Resync extends SystemCommand<ResyncReport> {
  static override summary = 'Compare a secondary with the zone store, and put right what differs'
  static override description =
    `The health-checker does the same by itself every so often; this does it now, shows first what it is about to do, and
waits until the secondary proves that it serves what the store has. Changes that somebody makes meanwhile go before.

Zones are compared by their serials, signatures and keys. With --force they are transferred even where these are equal,
which also mends single records that somebody edited in the secondary's database.

Exits with 1 unless all is proved in time: what is left is shown with the reason. Ctrl-C ends the waiting, and says what
was and was not done.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> ns1',
    {description: 'Only look', command: '<%= config.bin %> <%= command.id %> ns1 --dry-run'},
    {
      description: 'Two zones, whatever they seem to be',
      command: '<%= config.bin %> <%= command.id %> ns1 --zone example.com --zone example.net --force',
    },
    {
      description: 'All secondaries, from cron: silent unless something had to be done',
      command:
        '<%= config.bin %> <%= command.id %> ns1 --quiet; <%= config.bin %> <%= command.id %> ns2 --quiet',
    },
    "<%= config.bin %> <%= command.id %> ns1 --dry-run --json | jq -r '.changes[].zone'",
  ]
  static override args = {secondary: secondaryArg({required: true})}
  static override flags = {
    zone: Flags.string({
      multiple: true,
      // Else it would take the secondary for one more zone.
      multipleNonGreedy: true,
      helpValue: 'ZONE',
      summary: 'Only this zone; may be repeated',
    }),
    force: Flags.boolean({summary: 'Transfer also what compares equal'}),
    'dry-run': Flags.boolean({summary: 'Show what differs, and change nothing'}),
    wait: Flags.boolean({
      default: true,
      allowNo: true,
      summary: 'Wait for the proof; --no-wait orders, and returns',
    }),
    timeout: durationFlag({
      default: 300_000,
      defaultHelp: async () => '5m',
      summary: 'How long to wait until the secondary is equal',
    }),
    quiet: Flags.boolean({
      char: 'q',
      summary: 'Print nothing where nothing had to be done, else only how it ended',
    }),
  }

  async run(): Promise<ResyncReport> {
    const {args, flags} = await this.parse(Resync)
    const config = await this.settings()
    const zones = await Promise.all((flags.zone ?? []).map((zone) => this.zone(zone)))
    const {resyncSecondary} = await import('../lib/system/resync.js')
    const options = {
      ...{zones: zones.length > 0 ? [...new Set<ZoneName>(zones)] : undefined, signal: this.signal},
      ...{force: flags.force, dryRun: flags['dry-run'], wait: flags.wait, timeoutMs: flags.timeout},
    }
    const report = await this.#show(args.secondary, flags.quiet, async (hooks) => {
      await using system = await this.open()
      const onProgress = (progress: Progress) => {
        this.whenInterrupted(() => `${progress.done} of ${progress.all} zones are proved`)
        hooks.onProgress?.(progress)
      }
      return await resyncSecondary(system, config, args.secondary, {...options, ...hooks, onProgress})
    })
    await this.#tell(report, flags.quiet)
    return report.state === 'differs' ? this.notDone(report) : report
  }

  async #show(
    secondary: string,
    quiet: boolean,
    work: (hooks: Partial<ResyncHooks>) => Promise<ResyncReport>,
  ): Promise<ResyncReport> {
    if (quiet || this.jsonEnabled()) return work({})
    const {showResync} = await import('../lib/ui/resync-show.js')
    const outputs: ResyncOutputs = {
      result: (line) => this.log(line),
      progress: process.stderr,
      now: () => performance.now(),
    }
    return await showResync(secondary, outputs, work)
  }

  async #tell(report: ResyncReport, quiet: boolean): Promise<void> {
    const {interruptedWords, planLines, reportLines} = await import('../lib/ui/resync-lines.js')
    if (report.state === 'interrupted') {
      this.whenInterrupted(() => interruptedWords(report))
      throw this.signal.reason
    }
    const {state, secondary, plan, left} = report
    const nothingToDo = state === 'equal' && Object.values(plan).every((count) => count === 0)
    if (quiet && nothingToDo) return
    // A quiet look shows what it found all the same: it has nothing else to tell.
    if (quiet && state === 'planned') {
      const items = left.map((item) => ({...item, way: 'store' as const}))
      for (const line of planLines(secondary, {items, counts: plan})) this.log(line)
    }
    for (const line of reportLines(report)) this.log(line)
  }
}
