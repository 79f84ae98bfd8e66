import * as Flags from '@oclif/core/flags'
import {aborted} from '../lib/async/abort.js'
import type {LabEndpoints} from '../lib/lab/endpoints.js'
import type {Lab as RunningLab} from '../lib/lab/lab.js'
import type {PartEvent} from '../lib/lab/part.js'
import {BaseCommand} from './base.js'

export default class Lab extends BaseCommand<never> {
  static override summary = 'Start the whole system on this machine, to try things out'
  static override description =
    `Starts nats-server, a PowerDNS primary, its secondaries and the daemons as separate processes, on free \
loopback ports and in a temporary directory, and says where everything is. Runs until SIGINT or SIGTERM, then \
stops all of it. A part that dies is started again after a second; lab.json in the directory always holds the \
current line of --json.

A command given with --exec finds in its environment:
  PDIST_LAB_JSON    the line of --json
  PDIST_LAB_DIR     the directory, with the logs of all parts
  PDIST_CONFIG      configuration for pdist's own commands
  PDNS_API_URL      the API of the primary, through the api-proxy
  PDNS_API_KEY      its key
  PDNS_API_CA_FILE  the api-proxy's certificate`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Five secondaries with LMDB, everything on ::1',
      command: '<%= config.bin %> <%= command.id %> --secondaries 5 --backend lmdb --ipv6',
    },
    {
      description: 'Run a command in it, and end with its exit code',
      command:
        '<%= config.bin %> <%= command.id %> --exec \'curl --cacert "$PDNS_API_CA_FILE" -H "X-API-Key: $PDNS_API_KEY" "$PDNS_API_URL/api/v1/servers"\'',
    },
    '<%= config.bin %> <%= command.id %> --json --dir ./lab',
  ]
  // It configures itself: a file or a broker given would be ignored.
  static override baseFlags = {json: BaseCommand.baseFlags.json} as typeof BaseCommand.baseFlags
  static override flags = {
    secondaries: Flags.integer({min: 1, default: 2, helpValue: 'N', summary: 'Number of secondaries'}),
    backend: Flags.option({options: ['gsqlite3', 'lmdb'] as const, default: 'gsqlite3' as const})({
      summary: 'Backend of all PowerDNS servers',
    }),
    ipv6: Flags.boolean({summary: 'Everything on ::1, nothing on IPv4'}),
    'no-cache': Flags.boolean({summary: "Turn PowerDNS's caches off, which are on as users run them"}),
    'broker-nodes': Flags.integer({
      min: 1,
      max: 5,
      default: 1,
      helpValue: 'N',
      summary: 'Number of NATS servers; three and more keep everything three times',
    }),
    tls: Flags.boolean({
      summary: 'Have the broker demand TLS, and give each role only its own rights (broker setup --roles)',
    }),
    dir: Flags.string({
      helpValue: 'DIR',
      summary: 'A new or empty directory, which is kept, instead of a temporary one',
    }),
    'no-restart': Flags.boolean({summary: 'Leave a part that dies dead'}),
    exec: Flags.string({
      helpValue: 'COMMAND',
      summary: 'Run a shell command when everything is ready, then stop',
    }),
  }

  /** Stopping every part takes as long as it takes. */
  protected override get patienceMs(): number {
    return Number.POSITIVE_INFINITY
  }

  async run(): Promise<never> {
    const {flags} = await this.parse(Lab)
    const {signal} = this
    const {Lab: library} = await import('../lib/lab/lab.js')
    const lab = await library.start({
      secondaries: flags.secondaries,
      backend: flags.backend,
      ipv6: flags.ipv6,
      cache: !flags['no-cache'],
      restart: !flags['no-restart'],
      notify: true,
      brokerNodes: flags['broker-nodes'],
      tls: flags.tls,
      dir: flags.dir,
      signal,
      report: (event) => process.stderr.write(describe(event)),
    })
    this.exit(await this.#use(lab, flags.exec, signal))
  }

  async #use(running: RunningLab, command: string | undefined, signal: AbortSignal): Promise<number> {
    await using lab = running
    process.stdout.write(this.jsonEnabled() ? `${JSON.stringify(lab.endpoints)}\n` : overview(lab.endpoints))
    if (command === undefined) {
      await aborted(signal)
      return 0
    }
    const {execInLab} = await import('../lib/lab/exec.js')
    return await execInLab(command, lab.endpoints, signal)
  }
}

function describe(event: PartEvent): string {
  const {part} = event
  switch (event.event) {
    case 'ready':
    case 'restarted':
      return `${part}: ${event.event} after ${event.ms} ms, pid ${event.pid}\n`
    case 'died':
      return `${part}: died (${event.status.signal ?? `exit code ${event.status.code}`}), pid was ${event.pid}\n`
    case 'failed':
      return `${part}: ${event.reason}\n`
    case 'stopped':
      return `${part}: stopped\n`
  }
}

function overview({dir, nats, primary, proxy, secondaries, daemons, config}: LabEndpoints): string {
  const rows = [
    ['directory', dir],
    ['nats', nats.url],
    ['primary', `${primary.apiUrl}  DNS ${primary.dns.host} port ${primary.dns.port}`],
    ['proxy', `${proxy.url}  X-API-Key: ${proxy.apiKey}`],
    ...secondaries.map(({name, apiUrl, dns}) => [name, `${apiUrl}  DNS ${dns.host} port ${dns.port}`]),
    ...daemons.map(({name, metricsUrl}) => [name, metricsUrl]),
  ]
  const width = Math.max(...rows.map(([name = '']) => name.length))
  const lines = rows.map(([name = '', where]) => `${name.padEnd(width)}  ${where}\n`)
  const example = `pdist zone list --config ${config}`
  return `\n${lines.join('')}\nTry: ${example}\n     (in a clone of the repository: npm run ${example.replace(' ', ' -- ')})\nKeys and certificates are in lab.json in its directory, beside all logs. Stop with Ctrl-C.\n`
}
