import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Broker} from '../../../src/lib/broker/connection.js'
import {findBinaries} from '../../../src/lib/lab/binaries.js'
import {Part} from '../../../src/lib/lab/part.js'
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
  /** The relays by which a node is joined to others, under the names of both. */
  readonly #relays: ReadonlyMap<string, TcpRelay>

  private constructor(nodes: readonly Node[], relays: ReadonlyMap<string, TcpRelay>) {
    this.nodes = nodes
    this.#relays = relays
  }

  /** Below `directory`, which must be there. */
  static async start(directory: string): Promise<NatsCluster> {
    const {natsServer, setpriv} = await findBinaries('gsqlite3')
    const ports = new PortPicker(HOST)
    const relays = new Map<string, TcpRelay>()
    const plans = await Promise.all(
      Array.from({length: SIZE}, async (_, i) => ({
        name: `node-${i}`,
        port: await ports.next(),
        cluster: await ports.next(),
      })),
    )
    for (const from of plans) {
      for (const to of plans) {
        if (from !== to)
          relays.set(`${from.name} ${to.name}`, await TcpRelay.open({host: HOST, port: to.cluster}))
      }
    }
    const nodes: Node[] = []
    for (const plan of plans) {
      const dir = join(directory, plan.name)
      await mkdir(dir)
      const routes = plans
        .filter((other) => other !== plan)
        .map((other) => `nats-route://${HOST}:${relays.get(`${plan.name} ${other.name}`)?.port}`)
      const file = join(dir, 'nats.conf')
      await writeFile(file, configOf({...plan, dir, routes}))
      const spec = {
        name: plan.name,
        command: natsServer,
        args: ['--config', file],
        logFile: join(directory, `${plan.name}.log`),
        setpriv,
        ready: acceptsTcp(HOST, plan.port, /^INFO .*"jetstream":true/),
        readyWithinMs: 30_000,
        stopWithinMs: 5_000,
      }
      const part = new Part(spec, {restartAfterMs: undefined, report: ignore, changed: ignore})
      nodes.push({name: plan.name, port: plan.port, part})
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
  port: number
  cluster: number
  dir: string
  routes: readonly string[]
}

function configOf({name, port, cluster, dir, routes}: NodePlan): string {
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

function ignore(): void {
  // The bench looks at the nodes itself.
}
