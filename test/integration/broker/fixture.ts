import {Broker, type BrokerObserver, type BrokerOptions} from '../../../src/lib/broker/connection.js'
import {setUpBroker} from '../../../src/lib/broker/topology.js'
import type {SecondaryCommands} from '../../../src/lib/zone/command.js'
import type {NatsProcess} from '../../support/nats-process.js'

export const TOPOLOGY = {replicas: 1, eventsKeptMs: 86_400_000}

export function optionsFor(
  {url}: Pick<NatsProcess, 'url'>,
  fields: Partial<BrokerOptions> = {},
): BrokerOptions {
  return {
    servers: [url],
    prefix: 'pdist',
    clientName: 'test',
    requestTimeoutMs: 5000,
    insecure: true,
    ...fields,
  }
}

/** A connection with everything set up under a prefix that no other test uses. */
export class TestBroker implements AsyncDisposable {
  static #count = 0
  readonly broker: Broker
  /** What was told as malformed, in the order in which it came. */
  readonly malformed: Error[] = []
  readonly restarts: Error[] = []
  readonly #ending = new AbortController()
  readonly #running: Array<Promise<void>> = []

  private constructor(broker: Broker) {
    this.broker = broker
  }

  static async open(nats: NatsProcess, observer: BrokerObserver = {}): Promise<TestBroker> {
    const prefix = `test${++TestBroker.#count}`
    const broker = await Broker.connect(optionsFor(nats, {prefix}), observer)
    await setUpBroker(broker, TOPOLOGY)
    return new TestBroker(broker)
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** For everything that consumes. */
  get feed() {
    return {
      topology: TOPOLOGY,
      maxMessages: 100,
      onMalformed: this.onMalformed,
      onRestart: (error: Error) => this.restarts.push(error),
      signal: this.signal,
    }
  }

  /** After the broker lost all of it. */
  async setUpAgain(): Promise<void> {
    await setUpBroker(this.broker, TOPOLOGY)
  }

  readonly onMalformed = (error: Error) => {
    this.malformed.push(error)
  }

  /** Something endless that ends with this. */
  run(work: Promise<void>): void {
    this.#running.push(work)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await Promise.all(this.#running)
    await this.broker.close()
  }
}

/** A secondary that refuses what it is not given. */
export function commandsWith(given: Partial<SecondaryCommands>): SecondaryCommands {
  const refuse = () => Promise.reject(new Error('not asked for in this test'))
  return {
    stand: refuse,
    answers: refuse,
    resync: refuse,
    tree: refuse,
    removeOrphans: refuse,
    copy: refuse,
    ...given,
  }
}
