import {join} from 'node:path'
import {Broker} from '../broker/connection.js'
import {makeBrokerRoles} from '../broker/make-roles.js'
import {setUpMirror} from '../broker/mirror.js'
import {type BrokerPlan, type DaemonPlan, HUB, type LabPlan, type NearPlan} from './plan.js'
import {hostPort} from './ports.js'

/** A nats-server configuration: JetStream, one loopback address, no accounts. */
export function natsConfig(plan: LabPlan, {name, dir, port, clusterPort}: BrokerPlan): string {
  const {host, brokers, near} = plan
  const others = brokers.filter((other) => other.name !== name)
  const routes = others.map((other) => JSON.stringify(`nats://${hostPort(host, other.clusterPort)}`))
  const cluster = `{name: lab, listen: ${JSON.stringify(hostPort(host, clusterPort))}, routes: [${routes.join(', ')}]}`
  return [
    `server_name: ${name}`,
    `listen: ${JSON.stringify(hostPort(host, port))}`,
    `jetstream: {store_dir: ${JSON.stringify(dir)}${near ? `, domain: ${near.hub.domain}` : ''}}`,
    ...(near ? [`leafnodes: {listen: ${JSON.stringify(hostPort(host, near.hub.leafPort))}}`] : []),
    ...(others.length === 0 ? [] : [`cluster: ${cluster}`]),
    '',
  ].join('\n')
}

/** The same for the broker that is near the secondaries. */
export function nearConfig({host}: LabPlan, {name, dir, port, domain, hub}: NearPlan): string {
  const remote = JSON.stringify(`nats-leaf://${hostPort(host, hub.leafPort)}`)
  return [
    `server_name: ${name}`,
    `listen: ${JSON.stringify(hostPort(host, port))}`,
    `jetstream: {store_dir: ${JSON.stringify(dir)}, domain: ${domain}}`,
    `leafnodes: {remotes: [{url: ${remote}}]}`,
    '',
  ].join('\n')
}

/** Makes the mirror from which the syncers read. */
export async function makeLabMirror(plan: LabPlan, near: NearPlan): Promise<void> {
  const broker = await Broker.connect({
    servers: [natsUrl(plan, near)],
    prefix: 'pdist',
    domain: near.hub.domain,
    clientName: 'lab',
    requestTimeoutMs: 10_000,
    insecure: true,
  })
  try {
    await setUpMirror(broker, near.domain, {replicas: 1, evenIfItStops: true})
  } finally {
    await broker.close()
  }
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
    domain: HUB,
    mirrors: ['near'],
    listenOn: host.includes(':') ? `[${host}]` : host,
    storeDirectory: ({name}) => join(dir, name),
  })
}

export function natsUrl({host, tls}: LabPlan, {port}: BrokerPlan): string {
  return `${tls ? 'tls' : 'nats'}://${hostPort(host, port)}`
}

type BrokerSection = {
  servers: string[]
  domain?: string
  replicas?: number
  ca_file?: string
  nkey_file?: string
}

/** How one connects to the brokers: a daemon in its role, or, without one, the operator. */
export function brokerSection(plan: LabPlan, daemon?: DaemonPlan): BrokerSection {
  const {brokers, dir, tls, near} = plan
  if (daemon?.secondary && near) return {servers: [natsUrl(plan, near)], domain: near.hub.domain}
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
