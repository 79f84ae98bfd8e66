import {Broker} from '../src/lib/broker/connection.js'
import {consumeZones, feedPosition, forgetFeed} from '../src/lib/broker/zone-feed.js'
import {ZoneStore} from '../src/lib/broker/zone-store.js'
import type {LabEndpoints} from '../src/lib/lab/endpoints.js'
import type {SigningKey} from '../src/lib/zone/signing-key.js'
import {storeZone} from './stored-zone.js'
import {until} from './until.js'

const REQUEST_MS = 30_000
const UNDER_WAY = 2000
const WRITES_AT_ONCE = 64

/** The zone store of a lab, as the benchmark looks at it. */
export class Store implements AsyncDisposable {
  readonly #broker: Broker

  private constructor(broker: Broker) {
    this.#broker = broker
  }

  static async open({nats}: Pick<LabEndpoints, 'nats'>): Promise<Store> {
    const options = {
      servers: [nats.url],
      prefix: 'pdist',
      clientName: 'pdist-bench',
      requestTimeoutMs: REQUEST_MS,
      insecure: false,
    }
    return new Store(await Broker.connect(options))
  }

  /** Stores what is not there yet, as a zone-provider with this key would. */
  async fill(zones: readonly string[], key: SigningKey, signal: AbortSignal): Promise<void> {
    const store = new ZoneStore(this.#broker)
    const left = zones.values()
    const writer = async () => {
      for (const zone of left) {
        signal.throwIfAborted()
        await storeZone(store, zone, key)
      }
    }
    await Promise.all(Array.from({length: WRITES_AT_ONCE}, writer))
  }

  /** Acknowledges every state in a secondary's name, as its syncer would have that proved them. */
  async acknowledgeAll(secondary: string, signal: AbortSignal): Promise<void> {
    const done = new AbortController()
    const fail = (error: Error) => done.abort(error)
    const options = {
      secondary,
      topology: {replicas: 1, eventsKeptMs: 0},
      maxMessages: UNDER_WAY,
      onStart: () => undefined,
      onMalformed: fail,
      onRestart: fail,
      signal: AbortSignal.any([signal, done.signal]),
    }
    const consuming = consumeZones(this.#broker, options, ({ack}) => ack())
    try {
      await until(async () => {
        if (done.signal.aborted) throw done.signal.reason
        const position = await feedPosition(this.#broker, this.#broker.zones, secondary)
        return position !== undefined && position.waiting + position.inFlight === 0
      }, signal)
    } finally {
      done.abort()
      await consuming
    }
  }

  /** Has a secondary begin with nothing. */
  async forget(secondary: string): Promise<void> {
    await forgetFeed(this.#broker, this.#broker.zones, secondary)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker.nc.close()
  }
}
