import type {BrokerOptions} from '../broker/connection.js'
import type {TopologyOptions} from '../broker/topology.js'
import type {BrokerConfig} from '../config/schema.js'

export function brokerOptions(config: BrokerConfig, clientName: string): BrokerOptions {
  const {requestTimeout, ...rest} = config
  return {...rest, requestTimeoutMs: requestTimeout, clientName}
}

export function topologyOptions({replicas, eventsKept}: BrokerConfig): TopologyOptions {
  return {replicas, eventsKeptMs: eventsKept}
}
