import {randomBytes} from 'node:crypto'
import {join} from 'node:path'
import type {DaemonRole} from '../zone/daemon.js'
import {formatPrivateKey, formatPublicKey, generateSigningKey} from '../zone/signing-key.js'
import type {Backend} from './binaries.js'
import {type LoopbackHost, PortPicker} from './ports.js'

/** One pdns_server. */
export interface ServerPlan {
  name: string
  role: 'primary' | 'secondary'
  /** Its configuration, database and control socket. */
  dir: string
  apiPort: number
  apiKey: string
  dnsPort: number
}

export interface SecondaryPlan extends ServerPlan {
  role: 'secondary'
  /** Where its syncer serves zones to it. */
  transferPort: number
}

export interface DaemonPlan {
  name: string
  role: DaemonRole
  configFile: string
  stateDir: string
  metricsPort: number
  /** The secondary that it works for; syncers only. */
  secondary?: SecondaryPlan
}

/** One nats-server. */
export interface BrokerPlan {
  name: string
  /** What it stores. */
  dir: string
  port: number
  clusterPort: number
}

/** A broker near the secondaries: a leaf node with a JetStream domain of its own, which mirrors the zone store. */
export interface NearPlan extends BrokerPlan {
  domain: string
  /** The domain of the others, and where it reaches them. */
  hub: {domain: string; leafPort: number}
}

/** Who listens where in one lab, decided before anything is started. */
export interface LabPlan {
  dir: string
  host: LoopbackHost
  backend: Backend
  secondaryBackend: Backend
  /** PowerDNS's default caches; without, all of them are off. */
  cache: boolean
  /** More than one are a cluster. */
  brokers: readonly BrokerPlan[]
  /** What the syncers are connected to, where it is not `brokers`. */
  near: NearPlan | undefined
  /** The brokers demand TLS, and each role has only its own rights. */
  tls: boolean
  primary: ServerPlan
  proxyPort: number
  /** Where the zone-provider takes NOTIFY from the primary; undefined: nowhere. */
  notifyPort: number | undefined
  secondaries: SecondaryPlan[]
  daemons: DaemonPlan[]
  /** With what the zone-provider signs, and what the syncers trust. */
  signing: {keyFile: string; privateKey: string; publicKey: string}
  /** Configuration for the operator's commands. */
  configFile: string
}

export interface PlanOptions {
  dir: string
  secondaries: number
  backend: Backend
  secondaryBackend?: Backend
  ipv6: boolean
  cache: boolean
  notify?: boolean
  brokerNodes?: number
  near?: boolean
  tls?: boolean
}

/** The JetStream domain of the brokers, where there is another one. */
export const HUB = 'hub'

export async function planLab(options: PlanOptions): Promise<LabPlan> {
  const {dir, secondaries, backend, ipv6, cache, notify = false, brokerNodes = 1, tls = false} = options
  const host = ipv6 ? '::1' : '127.0.0.1'
  const ports = new PortPicker(host)
  const planned: SecondaryPlan[] = []
  for (let index = 1; index <= secondaries; index += 1) {
    const server = await planServer(dir, `ns${index}`, ports)
    planned.push({...server, role: 'secondary', transferPort: await ports.next()})
  }
  return {
    dir,
    host,
    backend,
    secondaryBackend: options.secondaryBackend ?? backend,
    cache,
    brokers: await planBrokers(dir, brokerNodes, ports),
    near: options.near ? await planNear(dir, ports) : undefined,
    tls,
    primary: {...(await planServer(dir, 'primary', ports)), role: 'primary'},
    proxyPort: await ports.next(),
    notifyPort: notify ? await ports.next() : undefined,
    secondaries: planned,
    daemons: await planDaemons(dir, planned, ports),
    signing: planSigning(dir),
    configFile: join(dir, 'pdist.toml'),
  }
}

async function planBrokers(dir: string, count: number, ports: PortPicker): Promise<BrokerPlan[]> {
  const planned: BrokerPlan[] = []
  for (let index = 1; index <= count; index += 1) {
    const name = index === 1 ? 'nats' : `nats-${index}`
    planned.push({name, dir: join(dir, name), port: await ports.next(), clusterPort: await ports.next()})
  }
  return planned
}

async function planNear(dir: string, ports: PortPicker): Promise<NearPlan> {
  const [port, clusterPort, leafPort] = [await ports.next(), await ports.next(), await ports.next()]
  const name = 'nats-near'
  return {name, dir: join(dir, name), port, clusterPort, domain: 'near', hub: {domain: HUB, leafPort}}
}

function planSigning(dir: string): LabPlan['signing'] {
  const key = generateSigningKey()
  const keyFile = join(dir, 'signing-key.pem')
  return {keyFile, privateKey: formatPrivateKey(key), publicKey: formatPublicKey(key)}
}

async function planServer(dir: string, name: string, ports: PortPicker): Promise<Omit<ServerPlan, 'role'>> {
  return {
    name,
    dir: join(dir, name),
    apiPort: await ports.next(),
    apiKey: randomBytes(18).toString('base64url'),
    dnsPort: await ports.next(),
  }
}

async function planDaemons(
  dir: string,
  secondaries: readonly SecondaryPlan[],
  ports: PortPicker,
): Promise<DaemonPlan[]> {
  const wanted: Array<Pick<DaemonPlan, 'name' | 'role' | 'secondary'>> = [
    {name: 'api-proxy', role: 'api-proxy'},
    {name: 'zone-provider', role: 'zone-provider'},
    ...secondaries.map((secondary) => ({
      name: `syncer-${secondary.name}`,
      role: 'syncer' as const,
      secondary,
    })),
    {name: 'health-checker', role: 'health-checker'},
  ]
  const daemons: DaemonPlan[] = []
  for (const daemon of wanted) {
    daemons.push({
      ...daemon,
      configFile: join(dir, `${daemon.name}.toml`),
      stateDir: join(dir, daemon.name),
      metricsPort: await ports.next(),
    })
  }
  return daemons
}
