import * as Flags from '@oclif/core/flags'
import type {BrokerRolesReport} from '../../lib/broker/make-roles.js'
import type {TopologyChange} from '../../lib/broker/topology.js'
import {durationFlag, InvalidFlagError} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

interface RoleFlags {
  mirror: string[] | undefined
  secondary: string[] | undefined
  remove: string[] | undefined
  server: string[] | undefined
  'installed-in': string
  'store-dir': string
}

export default class BrokerSetup extends SystemCommand<TopologyChange[] | BrokerRolesReport> {
  static override summary = 'Create or update the streams and buckets that pdist uses, or the broker itself'
  static override description =
    `Safe to run again: what is as it should be stays, and nothing that is stored is touched. Daemons make what is
missing by themselves; settings of what exists change only here.

With --mirror only the mirror of that name is made, on the servers that are connected to, near the secondaries that read it.

With --roles nothing is connected to. Instead the directory is filled with what NATS needs: for each server a configuration
that demands TLS, and a certificate of an authority of your own; for each role a key (broker.nkey_file). A secondary's key lets
it read zones and speak for itself, and nothing else. What is there is kept, so that --roles DIR --secondary ns3 adds one; copy
the new configurations to the servers and reload them. Guard the directory: who has it can be anybody.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'On a cluster of three servers, with events kept for a month',
      command: '<%= config.bin %> <%= command.id %> --replicas 3 --events-kept 30d',
    },
    {
      description: 'A mirror of the zone store on a leaf node or cluster near some secondaries',
      command: '<%= config.bin %> <%= command.id %> --mirror eu',
    },
    {
      description: 'A broker on nats.example.net, with the roles of two secondaries',
      command:
        '<%= config.bin %> <%= command.id %> --roles ./broker --server nats.example.net --secondary ns1 --secondary ns2',
    },
    {
      description: 'A cluster of three, on ports of its own',
      command:
        '<%= config.bin %> <%= command.id %> --roles ./broker --server a.example.net:4223 --server b.example.net:4223 --server c.example.net:4223 --secondary ns1',
    },
  ]
  static override flags = {
    replicas: Flags.option({options: ['1', '3', '5'] as const})({
      summary: 'On how many servers of the cluster everything is kept (default: broker.replicas)',
    }),
    'events-kept': durationFlag({summary: 'How long events are kept (default: broker.events_kept)'}),
    mirror: Flags.string({
      multiple: true,
      helpValue: 'NAME',
      summary:
        'Mirror of the zone store near some secondaries (syncer.mirror), on the cluster that is connected to',
    }),
    roles: Flags.string({
      helpValue: 'DIR',
      summary: 'Make server configurations, certificates and keys there',
    }),
    server: Flags.string({
      multiple: true,
      helpValue: 'HOST[:PORT]',
      dependsOn: ['roles'],
      summary: 'A NATS server as clients reach it; several are a cluster (port 4222, 6222 among themselves)',
    }),
    secondary: Flags.string({
      multiple: true,
      helpValue: 'NAME',
      dependsOn: ['roles'],
      summary: 'Name of a secondary (secondary.name) that gets a key',
    }),
    remove: Flags.string({
      multiple: true,
      helpValue: 'NAME',
      dependsOn: ['roles'],
      summary: 'Name of a secondary whose key is to be good no longer',
    }),
    'installed-in': Flags.string({
      default: '/etc/nats-server',
      helpValue: 'DIR',
      summary: 'Where each server will have its certificate and key',
    }),
    'store-dir': Flags.string({
      default: '/var/lib/nats',
      helpValue: 'DIR',
      summary: 'Where each server keeps what is stored',
    }),
  }

  async run(): Promise<TopologyChange[] | BrokerRolesReport> {
    const {flags} = await this.parse(BrokerSetup)
    if (flags.roles !== undefined) return await this.#makeRoles(flags.roles, flags)
    const [{setUpBroker}, {setUpMirror}, {topologyOptions}] = await Promise.all([
      import('../../lib/broker/topology.js'),
      import('../../lib/broker/mirror.js'),
      import('../../lib/system/broker-options.js'),
    ])
    const configured = topologyOptions((await this.settings()).broker)
    await using system = await this.open()
    const replicas = flags.replicas ? Number(flags.replicas) : configured.replicas
    const eventsKeptMs = flags['events-kept'] ?? configured.eventsKeptMs
    const changes: TopologyChange[] = []
    // A mirror's replicas are those of its own cluster.
    if (!flags.mirror) changes.push(...(await setUpBroker(system.broker, {replicas, eventsKeptMs})))
    for (const name of flags.mirror ?? [])
      changes.push(await setUpMirror(system.broker, nameOf('--mirror', name), {replicas}))
    for (const change of changes) this.log(describe(change))
    return changes
  }

  async #makeRoles(directory: string, flags: RoleFlags): Promise<BrokerRolesReport> {
    const [{makeBrokerRoles}, {brokerRolesLines}] = await Promise.all([
      import('../../lib/broker/make-roles.js'),
      import('../../lib/ui/broker-roles.js'),
    ])
    const {prefix, domain} = (await this.settings()).broker
    const report = await makeBrokerRoles({
      directory,
      prefix,
      domain,
      mirrors: (flags.mirror ?? []).map((name) => nameOf('--mirror', name)),
      servers: (flags.server ?? []).map(serverOf),
      secondaries: (flags.secondary ?? []).map((name) => nameOf('--secondary', name)),
      removed: flags.remove ?? [],
      listenOn: '[::]',
      installedIn: flags['installed-in'],
      storeDirectory: () => flags['store-dir'],
    })
    for (const line of brokerRolesLines(report)) this.log(line)
    return report
  }
}

const SERVER = /^(?:\[([0-9a-f:]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?$/i
const CLIENT_PORT = 4222
const CLUSTER_PORT = 6222

function serverOf(text: string) {
  const [, address, name, digits] = SERVER.exec(text) ?? []
  const host = address ?? name
  const port = digits === undefined ? CLIENT_PORT : Number(digits)
  if (host === undefined || port < 1 || port > 65_535) {
    throw new InvalidFlagError(`--server ${text}: this is no host`, {
      hints: ['Write it as `nats.example.net`, `192.0.2.1:4222` or `[2001:db8::1]:4222`'],
    })
  }
  return {name: host.replaceAll(':', '-'), host, port, clusterPort: CLUSTER_PORT}
}

/** Of a secondary or a mirror. */
function nameOf(flag: '--secondary' | '--mirror', text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
  throw new InvalidFlagError(`${flag} ${text}: this is no name for a ${flag.slice(2)}`, {
    hints: [`Small letters, digits and hyphens, as in \`${KEYS[flag]}\``],
  })
}

const KEYS = {'--secondary': 'secondary.name', '--mirror': 'syncer.mirror'} as const

function describe({name, action, settings}: TopologyChange): string {
  const details = Object.entries(settings).map(
    ([setting, {from, to}]) => `  ${setting}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`,
  )
  return [`${name}: ${action}`, ...details].join('\n')
}
