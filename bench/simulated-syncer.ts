import {Lifecycle} from '../src/daemons/lifecycle.js'
import {observe} from '../src/daemons/observe.js'
import {startSyncer} from '../src/daemons/syncer.js'
import type {ConfigWith} from '../src/lib/config/schema.js'
import type {PortPicker} from '../src/lib/lab/ports.js'
import {createLogger} from '../src/lib/log/logger.js'
import {StandIn} from './stand-in.js'

type Config = ConfigWith<'secondary'>

const HOST = '127.0.0.1'
const CLOSE_WITHIN_MS = 5000

/** A syncer, as the daemon starts it, with a stand-in for its PowerDNS; several fit into one process. */
export class SimulatedSyncer {
  readonly #lifecycle = new Lifecycle()
  /** Resolves to what ended one of its tasks, which only a fault does. */
  readonly failed: Promise<unknown> = this.#lifecycle.failed

  /** `config`: of a syncer in the same system; what is this one's own is replaced in it. Rejects as the daemon does. */
  static async start(name: string, config: Config, ports: PortPicker): Promise<SimulatedSyncer> {
    const syncer = new SimulatedSyncer()
    try {
      await syncer.#lifecycle.start(() => syncer.#start(name, config, ports))
      return syncer
    } catch (error) {
      await syncer.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    for (const {error} of await this.#lifecycle.close(AbortSignal.timeout(CLOSE_WITHIN_MS))) throw error
  }

  async #start(name: string, config: Config, ports: PortPicker): Promise<void> {
    const lifecycle = this.#lifecycle
    const standIn = await StandIn.start()
    lifecycle.defer('stand-in', () => standIn.close())
    const own = ownConfig(name, config, {standIn, port: await ports.next()})
    const log = createLogger({name, level: 'warn', format: 'json'})
    const seen = await observe({name: 'syncer', version: '', listen: undefined, log, lifecycle})
    await startSyncer({
      config: own,
      log,
      ...seen,
      signal: lifecycle.signal,
      defer: lifecycle.defer.bind(lifecycle),
      background: lifecycle.background.bind(lifecycle),
    })
  }
}

function ownConfig(name: string, config: Config, {standIn, port}: {standIn: StandIn; port: number}): Config {
  const {apiUrl, dns} = standIn
  const listen = [{host: HOST, port}]
  return {
    ...config,
    secondary: {...config.secondary, name, apiUrl, dns, listen, masters: listen},
  }
}
