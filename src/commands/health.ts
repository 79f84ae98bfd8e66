import * as Flags from '@oclif/core/flags'
import {reportOf} from '../lib/errors.js'
import type {HealthSnapshot} from '../lib/sync/watch/health.js'
import type {HealthLimits} from '../lib/sync/watch/judgement.js'
import {durationFlag, InvalidFlagError} from './flags-base.js'
import {SystemCommand} from './system-base.js'

/** As monitoring plugins exit. */
const EXIT = {ok: 0, warning: 1, critical: 2, unknown: 3} as const

type Format = 'text' | 'json' | 'nagios'

export default class Health extends SystemCommand<HealthSnapshot | undefined> {
  static override summary = 'Show how every secondary stands, live'
  static override description =
    `In a terminal: a live view of the secondaries and zones, of how quickly changes are served, of changes in flight, held
plans, signatures that end, the broker and the daemons. It waits for a broker that is away. Keys: ? for all of them,
q to quit.

With --once, --json, --format or without a terminal: the same once, and what to do about whatever is not as it should be.
Then it exits as monitoring plugins do; the live view exits with 0 when it is quit.`
  static override exitCodes = {
    0: 'ok',
    1: 'warning: it will get worse unless somebody looks. A secondary lags, is short of something or has zones that it cannot serve; a daemon is missing or not ready; a clock is off; signatures are about to expire',
    2: 'critical: something is not served as it should be, or waits for a decision. A secondary is silent or lags badly; no zone-provider; a held plan; signatures that have expired',
    3: 'unknown: the broker cannot be reached, the configuration is wrong, or the command was not understood',
  }
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'From a monitoring system, as a check',
      command: '<%= config.bin %> <%= command.id %> --format nagios --warning-lag 5s --critical-lag 30s',
    },
    "<%= config.bin %> <%= command.id %> --json | jq -r '.reasons[]'",
    {
      description: 'Quietly, from cron',
      command: '<%= config.bin %> <%= command.id %> --once >/dev/null || echo look',
    },
  ]
  static override flags = {
    once: Flags.boolean({summary: 'Show it once and exit, also in a terminal'}),
    format: Flags.option({options: ['text', 'json', 'nagios'] as const})({
      summary: 'How it is shown once: `nagios` is one line with performance data',
    }),
    'warning-lag': durationFlag({
      ...{default: 10_000, defaultHelp: async () => '10s'},
      summary: 'The lag of a secondary from which on it is a warning',
    }),
    'critical-lag': durationFlag({
      ...{default: 60_000, defaultHelp: async () => '60s'},
      summary: 'The lag of a secondary from which on it is critical',
    }),
    'warning-p99': durationFlag({summary: 'The time from a change to its proofs, at p99, that is a warning'}),
    'critical-p99': durationFlag({summary: 'The same, that is critical'}),
    'warning-clock': durationFlag({
      ...{default: 5_000, defaultHelp: async () => '5s'},
      summary: 'How far the clock of a daemon may be off from that of this machine',
    }),
    timeout: durationFlag({
      ...{default: 30_000, defaultHelp: async () => '30s'},
      summary: 'How long showing it once may take',
    }),
  }

  #format: Format | undefined

  async run(): Promise<HealthSnapshot | undefined> {
    const {flags} = await this.parse(Health)
    this.#format = flags.format
    const limits: HealthLimits = {
      ...{lagWarning: flags['warning-lag'] / 1000, lagCritical: flags['critical-lag'] / 1000},
      ...{p99Warning: flags['warning-p99'], p99Critical: flags['critical-p99']},
      clockWarning: flags['warning-clock'] / 1000,
    }
    checkOrder('lag', limits.lagWarning, limits.lagCritical)
    checkOrder('p99', limits.p99Warning, limits.p99Critical)
    const isLive = !flags.once && !this.#format && !this.jsonEnabled() && isTerminal()
    if (isLive) return this.#live(limits)
    const snapshot = await this.#once(limits, flags.timeout)
    await this.#print(snapshot, limits)
    process.exitCode = EXIT[snapshot.state]
    return snapshot
  }

  override jsonEnabled(): boolean {
    return super.jsonEnabled() || this.#format === 'json'
  }

  protected override exitCodeAfter(): number {
    return EXIT.unknown
  }

  protected override async catch(error: unknown): Promise<never> {
    if (this.#format === 'nagios') {
      const {nagiosUnknown} = await import('../lib/ui/health/nagios.js')
      this.log(nagiosUnknown(reportOf(error)))
    }
    return super.catch(error)
  }

  async #once(limits: HealthLimits, timeoutMs: number): Promise<HealthSnapshot> {
    const {checkHealth} = await import('../lib/system/health.js')
    await using system = await this.open()
    return await checkHealth(system, {limits, timeoutMs, signal: this.signal})
  }

  async #print(snapshot: HealthSnapshot, limits: HealthLimits): Promise<void> {
    if (this.#format === 'nagios') {
      const {nagiosLine} = await import('../lib/ui/health/nagios.js')
      this.log(nagiosLine(snapshot, limits))
      return
    }
    const {renderHealth} = await import('../lib/ui/health-view.js')
    const {columns} = process.stdout
    this.log(renderHealth(snapshot, {...(columns ? {columns} : {}), color: isColored()}))
  }

  async #live(limits: HealthLimits): Promise<undefined> {
    const config = await this.settings()
    const [{LiveSystem}, {liveActions}, {showHealth}] = await Promise.all([
      import('../lib/system/live.js'),
      import('../lib/system/live-actions.js'),
      import('../lib/ui/health/show.js'),
    ])
    const {silentLogger} = await import('../lib/logger.js')
    // On the screen of the view a log would be in the way.
    const log = process.stderr.isTTY ? silentLogger : await this.logger()
    await using live = LiveSystem.start({config, limits, log})
    const actions = liveActions(live, config)
    await showHealth({source: live, actions, color: isColored(), signal: this.signal})
    return undefined
  }
}

function isTerminal(): boolean {
  return Boolean(process.stdout.isTTY && process.stdin.isTTY) && process.env.TERM !== 'dumb'
}

/** As https://no-color.org says. */
function isColored(): boolean {
  return Boolean(process.stdout.isTTY) && !process.env.NO_COLOR
}

function checkOrder(what: string, warning: number | undefined, critical: number | undefined): void {
  if (warning === undefined || critical === undefined || warning <= critical) return
  throw new InvalidFlagError(`--warning-${what} is more than --critical-${what}`, {
    hints: ['What is critical is worse than what is a warning'],
  })
}
