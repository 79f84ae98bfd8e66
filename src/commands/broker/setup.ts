import * as Flags from '@oclif/core/flags'
import type {TopologyChange} from '../../lib/broker/topology.js'
import {durationFlag} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

export default class BrokerSetup extends SystemCommand<TopologyChange[]> {
  static override summary = 'Create or update the streams and buckets that pdist uses'
  static override description =
    `Safe to run again: what is as it should be stays, and nothing that is stored is touched. Daemons make what is
missing by themselves; settings of what exists change only here.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'On a cluster of three servers, with events kept for a month',
      command: '<%= config.bin %> <%= command.id %> --replicas 3 --events-kept 30d',
    },
  ]
  static override flags = {
    replicas: Flags.option({options: ['1', '3', '5'] as const})({
      summary: 'On how many servers of the cluster everything is kept (default: broker.replicas)',
    }),
    'events-kept': durationFlag({summary: 'How long events are kept (default: broker.events_kept)'}),
  }

  async run(): Promise<TopologyChange[]> {
    const {flags} = await this.parse(BrokerSetup)
    const [{setUpBroker}, {topologyOptions}] = await Promise.all([
      import('../../lib/broker/topology.js'),
      import('../../lib/system/broker-options.js'),
    ])
    const configured = topologyOptions((await this.settings()).broker)
    await using system = await this.open()
    const changes = await setUpBroker(system.broker, {
      replicas: flags.replicas ? Number(flags.replicas) : configured.replicas,
      eventsKeptMs: flags['events-kept'] ?? configured.eventsKeptMs,
    })
    for (const change of changes) this.log(describe(change))
    return changes
  }
}

function describe({name, action, settings}: TopologyChange): string {
  const details = Object.entries(settings).map(
    ([setting, {from, to}]) => `  ${setting}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`,
  )
  return [`${name}: ${action}`, ...details].join('\n')
}
