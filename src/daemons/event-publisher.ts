import {aborted} from '../lib/async/abort.js'
import type {Broker} from '../lib/broker/connection.js'
import {EventStream} from '../lib/broker/events.js'
import type {Config} from '../lib/config/schema.js'
import type {ChangePublisher, ZoneChange} from '../lib/proxy/change.js'
import {connectBroker} from './broker.js'
import type {DaemonContext} from './runner.js'

/** Publishes the api-proxy's changes as events. It may be used before there is a broker: it is not connected then. */
export class EventPublisher implements ChangePublisher {
  readonly #context: DaemonContext<Config>
  #broker: Broker | undefined
  #events: EventStream | undefined

  constructor(context: DaemonContext<Config>) {
    this.#context = context
  }

  get connected(): boolean {
    return this.#broker?.connected === true && this.#events !== undefined
  }

  /** Waits for the broker; resolves when aborted. */
  async connect(signal: AbortSignal): Promise<void> {
    const broker = await connectBroker(this.#context, {daemon: 'api-proxy'}, (opened) => {
      this.#broker = opened
    })
    this.#events = new EventStream(broker)
    await aborted(signal)
  }

  async publish({id, verb, zone, method, path, at}: ZoneChange): Promise<void> {
    if (!this.#events) throw new Error('there is no connection to the broker yet')
    await this.#events.publish({
      id,
      verb,
      zone,
      source: 'api-proxy',
      call: `${method} ${path}`.slice(0, 4000),
      at,
    })
  }

  async close(): Promise<void> {
    await this.#broker?.close()
  }
}
