import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {ZoneName} from '../../lib/dns/name.js'
import type {PushReport} from '../../lib/sync/push.js'
import type {System} from '../../lib/system/system.js'
import {durationFlag, InvalidFlagError, waitFlag} from '../flags-base.js'
import {type ImportFlags, ImportingCommand, importFlags, type PushFlags} from './import-base.js'

type PushFileFlags = Omit<ImportFlags, 'dry-run'> & Omit<PushFlags, 'acceptLoss' | 'imported'>

export default class ZonePush extends ImportingCommand<PushReport[]> {
  static override summary = 'Bring zones from the primary to every secondary, and wait for the proof'
  static override description =
    `Has a zone-provider look at each zone on the primary, and every active secondary prove that it serves what is
there; a zone that did not change is proved again. A zone that is gone from the primary, or lost most of its records
without an API call, is left as it is served, unless you say that the loss is meant. With --file the primary first gets
the records of a zone file, as \`pdist zone import\` does it, and asks. Exits with 1 if a zone was not
confirmed in time by every active secondary.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> example.com',
    {
      description: 'One secondary is enough, for at most five seconds',
      command: '<%= config.bin %> <%= command.id %> example.com example.net --wait any --timeout 5s',
    },
    {
      description: 'The zone was deleted on the primary with pdnsutil, and shall go everywhere now',
      command: '<%= config.bin %> <%= command.id %> example.com --accept-loss',
    },
    {
      description: 'Bring a zone file to the primary and everywhere, without asking',
      command: '<%= config.bin %> <%= command.id %> example.com --file example.com.zone --yes',
    },
    {description: 'Every zone that the primary has', command: '<%= config.bin %> <%= command.id %> --all'},
  ]
  static override args = {zone: Args.string({multiple: true, description: 'Names of the zones'})}
  static override flags = {
    all: Flags.boolean({summary: 'Every zone of the primary and of the store (needs the section [primary])'}),
    'accept-loss': Flags.boolean({
      summary: 'Also where a zone is gone from the primary, or lost most of its records',
    }),
    file: Flags.string({
      char: 'f',
      helpValue: 'FILE|-',
      exclusive: ['all'],
      summary: 'A zone file that the primary gets first; `-` is stdin (needs the section [primary])',
    }),
    yes: {...importFlags.yes, dependsOn: ['file']},
    kind: importFlags.kind,
    wait: waitFlag({default: 'all', summary: 'How many active secondaries have to confirm'}),
    timeout: durationFlag({
      default: 30_000,
      defaultHelp: async () => '30s',
      summary: 'How long to wait for each zone',
    }),
  }

  async run(): Promise<PushReport[]> {
    const {args, flags} = await this.parse(ZonePush)
    const named = args.zone ?? []
    if (flags.all ? named.length > 0 : named.length === 0) {
      throw new InvalidFlagError('name the zones, or say --all', {hints: ['`pdist zone push example.com`']})
    }
    if (flags.file !== undefined) return this.#pushFile(named, {...flags, file: flags.file})
    const [{preparePush}, {showPushes}] = await Promise.all([
      import('../../lib/system/push.js'),
      import('../../lib/ui/push-view.js'),
    ])
    const asked = await Promise.all(named.map((zone) => this.zone(zone)))
    await using system = await this.open()
    const zones = flags.all ? await this.#allZones(system, flags) : asked
    const {signal} = this
    const {secondaries, push} = await preparePush(system, signal)
    if (typeof flags.wait === 'number' && flags.wait > secondaries.length) {
      throw new InvalidFlagError(`--wait ${flags.wait}: there are only ${secondaries.length} secondaries`, {
        hints: ['Say `--wait all`, or run `pdist health` for which there are'],
      })
    }
    const acceptLoss = flags['accept-loss']
    const request = {waitFor: flags.wait, timeoutMs: flags.timeout, acceptLoss, signal}
    let confirmed = 0
    this.whenInterrupted(
      () =>
        `${confirmed} of ${zones.length} zones are confirmed; what is under way goes on without being waited for`,
    )
    const reports = await showPushes(
      {zones, secondaries, quiet: this.jsonEnabled()},
      async (zone, onProgress) => {
        const report = await push(zone, {...request, onProgress})
        if (report.confirmed) confirmed++
        return report
      },
    )
    return reports.every(({confirmed}) => confirmed) ? reports : this.notDone(reports)
  }

  async #pushFile(named: readonly string[], flags: PushFileFlags): Promise<PushReport[]> {
    const [name, ...more] = named
    if (name === undefined || more.length > 0) {
      throw new InvalidFlagError('--file is for one zone', {hints: ['Push the others without it']})
    }
    const zone = await this.zone(name)
    await using system = await this.open()
    const {action, applied} = await this.importFile(zone, {...flags, 'dry-run': false})
    if (!applied && action !== 'nothing') {
      this.logToStderr('nothing was changed')
      return this.notDone([])
    }
    const meant = {acceptLoss: flags['accept-loss'], imported: applied}
    const reports = await this.pushImported(system, zone, {...flags, ...meant})
    return reports.every(({confirmed}) => confirmed) ? reports : this.notDone(reports)
  }

  async #allZones(system: System, flags: {'accept-loss': boolean}): Promise<ZoneName[]> {
    const config = await this.settings(['primary'])
    const {listAllZones} = await import('../../lib/system/all-zones.js')
    return listAllZones(system, config.primary, {acceptLoss: flags['accept-loss'], signal: this.signal})
  }
}
