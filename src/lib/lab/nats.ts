import {join} from 'node:path'
import {makeBrokerRoles} from '../broker/make-roles.js'
import type {BrokerPlan, DaemonPlan, LabPlan} from './plan.js'
import {hostPort} from './ports.js'

/** A nats-server configuration: JetStream, one loopback address, no accounts. */
export function natsConfig({host, brokers}: LabPlan, {name, dir, port, clusterPort}: BrokerPlan): string {
  const others = brokers.filter((other) => other.name !== name)
  const routes = others.map((other) => JSON.stringify(`nats://${hostPort(host, other.clusterPort)}`))
  const cluster = `{name: lab, listen: ${JSON.stringify(hostPort(host, clusterPort))}, routes: [${routes.join(', ')}]}`
  return [
    `server_name: ${name}`,
    `listen: ${JSON.stringify(hostPort(host, port))}`,
    `jetstream: {store_dir: ${JSON.stringify(dir)}}`,
    ...(others.length === 0 ? [] : [`cluster: ${cluster}`]),
    '',
  ].join('\n')
}

/** Where a broker's configuration is. */
export function natsFile({dir, tls}: LabPlan, {name}: BrokerPlan): string {
  return tls ? join(rolesDirectory(dir), name, 'nats-server.conf') : join(dir, `${name}.conf`)
}

/** What `pdist broker setup --roles` makes, for the lab. */
export async function makeLabRoles({dir, host, brokers, secondaries}: LabPlan): Promise<void> {
  await makeBrokerRoles({
    directory: rolesDirectory(dir),
    prefix: 'pdist',
    servers: brokers.map(({name, port, clusterPort}) => ({name, host, port, clusterPort})),
    secondaries: secondaries.map(({name}) => name),
    removed: [],
    listenOn: host.includes(':') ? `[${host}]` : host,
    storeDirectory: ({name}) => join(dir, name),
  })
}

export function natsUrl({host, tls}: LabPlan, {port}: BrokerPlan): string {
  return `${tls ? 'tls' : 'nats'}://${hostPort(host, port)}`
}

type BrokerSection = {
  servers: string[]
  replicas?: number
  ca_file?: string
  nkey_file?: string
}

/** How one connects to the brokers: a daemon in its role, or, without one, the operator. */
export function brokerSection(plan: LabPlan, daemon?: DaemonPlan): BrokerSection {
  const {brokers, dir, tls} = plan
  const servers = brokers.map((broker) => natsUrl(plan, broker))
  const replicas = brokers.length >= 3 ? {replicas: 3} : {}
  if (!tls) return {servers, ...replicas}
  const role = daemon ? (daemon.secondary ? `secondary-${daemon.secondary.name}` : 'primary') : 'operator'
  const roles = rolesDirectory(dir)
  return {
    servers,
    ...replicas,
    ca_file: join(roles, 'ca.pem'),
    nkey_file: join(roles, `${role}.nkey`),
  }
}

function rolesDirectory(dir: string): string {
  return join(dir, 'broker')
}
