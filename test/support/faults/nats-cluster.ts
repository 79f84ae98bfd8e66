import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Broker} from '../../../src/lib/broker/connection.js'
import {findBinaries} from '../../../src/lib/lab/binaries.js'
import {Part, type PartSpec} from '../../../src/lib/lab/part.js'
import {PortPicker} from '../../../src/lib/lab/ports.js'
import {acceptsTcp} from '../../../src/lib/lab/probes.js'
import {TcpRelay} from './tcp-relay.js'

interface Node {
  name: string
  port: number
  part: Part
}

const HOST = '127.0.0.1'
const SIZE = 3
/** Told to others as a node's address, so that they reach it by our relays alone. */
const NOWHERE = `${HOST}:1`

/** Three nats-servers with JetStream, each pair of them joined by relays that can be cut. */
export class NatsCluster {
  readonly nodes: readonly Node[]
  readonly #relays: Relays

  private constructor(nodes: readonly Node[], relays: Relays) {
    this.nodes = nodes
    this.#relays = relays
  }

  /** Below `directory`, which must be there. */
  static async start(directory: string): Promise<NatsCluster> {
    const plans = await planNodes(directory)
    const relays = await openRelays(plans)
    const {natsServer, setpriv} = await findBinaries('gsqlite3')
    const nodes = plans.map((plan) => ({
      name: plan.name,
      port: plan.port,
      part: new Part(specOf(plan, natsServer, setpriv), SILENT),
    }))
    for (const plan of plans) {
      await mkdir(plan.dir)
      await writeFile(configFile(plan), configOf(plan, routesOf(plan, relays)))
    }
    const cluster = new NatsCluster(nodes, relays)
    await Promise.all(nodes.map(({part}) => part.start()))
    return cluster
  }

  get urls(): string[] {
    return this.nodes.map(({port}) => `nats://${HOST}:${port}`)
  }

  /** The node that leads the stream at the moment. */
  async leaderOf(stream: string): Promise<Node> {
    const options = {servers: this.urls, prefix: 'pdist', clientName: 'test', requestTimeoutMs: 5_000}
    const broker = await Broker.connect({...options, insecure: false})
    try {
      const {cluster} = await broker.jsm.streams.info(stream)
      const leader = this.nodes.find(({name}) => name === cluster?.leader)
      if (!leader) throw new Error(`${stream} has no leader`)
      return leader
    } finally {
      await broker.close()
    }
  }

  /** Cuts a node off from the others, or joins it again; clients still reach all of them. */
  partition({name}: Node, mode: 'refuse' | 'pass'): void {
    for (const [ends, relay] of this.#relays) if (ends.split(' ').includes(name)) relay.mode = mode
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(({part}) => part.stop()))
    await Promise.all([...this.#relays.values()].map((relay) => relay.close()))
  }
}

interface NodePlan {
  name: string
  dir: string
  port: number
  /** Where it listens for the other nodes. */
  cluster: number
}

type Relays = ReadonlyMap<string, TcpRelay>

/** The bench looks at the nodes itself. */
const SILENT = {restartAfterMs: undefined, report: () => undefined, changed: () => undefined}

async function planNodes(directory: string): Promise<NodePlan[]> {
  const ports = new PortPicker(HOST)
  const plans: NodePlan[] = []
  for (let i = 0; i < SIZE; i++) {
    const name = `node-${i}`
    plans.push({name, dir: join(directory, name), port: await ports.next(), cluster: await ports.next()})
  }
  return plans
}

/** One for each direction in which a node may open a connection to another, under the names of both. */
async function openRelays(plans: readonly NodePlan[]): Promise<Relays> {
  const relays = new Map<string, TcpRelay>()
  for (const from of plans) {
    for (const to of plans) {
      if (from === to) continue
      relays.set(`${from.name} ${to.name}`, await TcpRelay.open({host: HOST, port: to.cluster}))
    }
  }
  return relays
}

function routesOf({name}: NodePlan, relays: Relays): string[] {
  return [...relays].flatMap(([ends, {port}]) =>
    ends.startsWith(`${name} `) ? [`nats-route://${HOST}:${port}`] : [],
  )
}

function specOf(plan: NodePlan, natsServer: string, setpriv: string | undefined): PartSpec {
  return {
    name: plan.name,
    command: natsServer,
    args: ['--config', configFile(plan)],
    logFile: `${plan.dir}.log`,
    setpriv,
    ready: acceptsTcp(HOST, plan.port, /^INFO .*"jetstream":true/),
    readyWithinMs: 30_000,
    stopWithinMs: 5_000,
  }
}

function configFile({dir}: NodePlan): string {
  return join(dir, 'nats.conf')
}

function configOf({name, port, cluster, dir}: NodePlan, routes: readonly string[]): string {
  return `server_name: ${name}
listen: "${HOST}:${port}"
jetstream: {store_dir: "${dir}"}
cluster: {
  name: lab
  listen: "${HOST}:${cluster}"
  advertise: "${NOWHERE}"
  no_advertise: true
  routes: ${JSON.stringify(routes)}
}
`
}
