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
  readonly #onConnected: (broker: Broker) => void
  #broker: Broker | undefined
  #events: EventStream | undefined

  /** `onConnected` is called when there is a broker, before anything is published. */
  constructor(context: DaemonContext<Config>, onConnected: (broker: Broker) => void) {
    this.#context = context
    this.#onConnected = onConnected
  }

  get connected(): boolean {
    return this.#broker?.connected === true && this.#events !== undefined
  }

  /** Waits for the broker; resolves when aborted. */
  async connect(signal: AbortSignal): Promise<void> {
    const broker = await connectBroker(this.#context, {daemon: 'api-proxy'}, (opened) => {
      this.#broker = opened
    })
    this.#onConnected(broker)
    this.#events = new EventStream(broker)
    await aborted(signal)
  }

  async publish({id, verb, zone, method, path, at}: ZoneChange): Promise<number> {
    if (!this.#events) throw new Error('there is no connection to the broker yet')
    return this.#events.publish({
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
