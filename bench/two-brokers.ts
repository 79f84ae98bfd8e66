import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {findBinaries} from '../src/lib/lab/binaries.js'
import {Part} from '../src/lib/lab/part.js'
import {PortPicker} from '../src/lib/lab/ports.js'
import {acceptsTcp} from '../src/lib/lab/probes.js'

const HOST = '127.0.0.1'
const WITHIN_MS = 15_000

/** A nats-server, and a second one that is its leaf node; each has JetStream, with a domain of its own. */
export class TwoBrokers {
  readonly hubUrl: string
  readonly nearUrl: string
  readonly #parts: readonly Part[]
  readonly #monitor: string

  private constructor(ports: Ports, parts: readonly Part[]) {
    this.hubUrl = `nats://${HOST}:${ports.hub}`
    this.nearUrl = `nats://${HOST}:${ports.near}`
    this.#monitor = `http://${HOST}:${ports.monitor}`
    this.#parts = parts
  }

  /** In an empty directory, which is left to the caller. */
  static async start(dir: string): Promise<TwoBrokers> {
    const {natsServer, setpriv} = await findBinaries('gsqlite3')
    const picker = new PortPicker(HOST)
    const ports = {
      hub: await picker.next(),
      near: await picker.next(),
      leaf: await picker.next(),
      monitor: await picker.next(),
    }
    const parts = await Promise.all(
      configurations(dir, ports).map(async ({name, port, lines}) => {
        const file = join(dir, `${name}.conf`)
        await mkdir(join(dir, name))
        await writeFile(file, `${lines.join('\n')}\n`)
        const spec = {
          name,
          command: natsServer,
          args: ['--config', file],
          logFile: join(dir, `${name}.log`),
          setpriv,
          ready: acceptsTcp(HOST, port, /^INFO .*"jetstream":true/),
          readyWithinMs: WITHIN_MS,
          stopWithinMs: WITHIN_MS,
        }
        return new Part(spec, {restartAfterMs: undefined, report: () => undefined, changed: () => undefined})
      }),
    )
    const brokers = new TwoBrokers(ports, parts)
    try {
      for (const part of parts) await part.start()
      await brokers.#joined()
      return brokers
    } catch (error) {
      await brokers.stop()
      throw error
    }
  }

  /** Bytes that went from one to the other, in both directions. */
  async crossed(): Promise<number> {
    const leaves = await this.#leaves()
    return leaves.reduce((sum, {in_bytes, out_bytes}) => sum + in_bytes + out_bytes, 0)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop()))
  }

  async #joined(): Promise<void> {
    const deadline = performance.now() + WITHIN_MS
    while ((await this.#leaves()).length === 0) {
      if (performance.now() > deadline) throw new Error('the leaf node did not connect')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async #leaves(): Promise<Array<{in_bytes: number; out_bytes: number}>> {
    const answer = await fetch(`${this.#monitor}/leafz`, {headers: {connection: 'close'}})
    const {leafs} = (await answer.json()) as {leafs: Array<{in_bytes: number; out_bytes: number}> | null}
    return leafs ?? []
  }
}

interface Ports {
  hub: number
  near: number
  leaf: number
  monitor: number
}

function configurations(dir: string, {hub, near, leaf, monitor}: Ports) {
  const common = (name: string, port: number, domain: string) => [
    `server_name: ${name}`,
    `listen: "${HOST}:${port}"`,
    `jetstream: {store_dir: ${JSON.stringify(join(dir, name))}, domain: ${domain}}`,
  ]
  return [
    {
      name: 'hub',
      port: hub,
      lines: [
        ...common('hub', hub, 'hub'),
        `http: "${HOST}:${monitor}"`,
        `leafnodes: {listen: "${HOST}:${leaf}"}`,
      ],
    },
    {
      name: 'near',
      port: near,
      lines: [
        ...common('near', near, 'near'),
        `leafnodes: {remotes: [{url: "nats-leaf://${HOST}:${leaf}"}]}`,
      ],
    },
  ]
}
