import {type Msg, type MsgHdrs, headers as newHeaders} from 'nats'
import type {Broker} from '../../../src/lib/broker/connection.js'

export interface Recorded {
  subject: string
  data: Uint8Array
  headers?: MsgHdrs
}

/** What no part of the system sends. */
const GARBAGE = [
  Buffer.alloc(0),
  Buffer.from('null'),
  Buffer.from('{"zone":5}'),
  Buffer.from([0xff, 0xfe, 0, 1, 2, 3]),
  Buffer.from(`${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  Buffer.alloc(300_000, '"'),
]
/** NATS's own: an expectation of a sequence would keep a copy out, and so would the id of an event. */
const NATS_HEADER = /^Nats-/

/** Records what goes through the broker, and sends it again. */
export class Injector {
  readonly #broker: Broker
  #recorded: Recorded[] = []
  readonly #subscriptions: ReadonlyArray<{unsubscribe(): void}>

  /** Records from now on. */
  constructor(broker: Broker, subjects: readonly string[]) {
    this.#broker = broker
    this.#subscriptions = subjects.map((subject) =>
      broker.nc.subscribe(subject, {callback: (_, message) => this.#record(message)}),
    )
  }

  get soFar(): readonly Recorded[] {
    return this.#recorded
  }

  /** Records no more; everything so far, oldest first. */
  recorded(): readonly Recorded[] {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    return this.#recorded
  }

  async send(messages: readonly Recorded[]): Promise<void> {
    for (const {subject, data, headers} of messages) {
      this.#broker.nc.publish(subject, data, {reply: 'nobody', ...(headers ? {headers} : {})})
    }
    await this.#broker.nc.flush()
  }

  /** Garbage on each of the subjects. */
  async sendGarbage(subjects: Iterable<string>): Promise<void> {
    for (const subject of subjects) await this.send(GARBAGE.map((data) => ({subject, data})))
  }

  #record({subject, data, headers}: Msg): void {
    if (!headers) this.#recorded.push({subject, data})
    else this.#recorded.push({subject, data, headers: ownHeaders(headers)})
  }
}

function ownHeaders(headers: MsgHdrs): MsgHdrs {
  const kept = newHeaders()
  for (const [name, values] of headers) {
    if (!NATS_HEADER.test(name)) for (const value of values) kept.append(name, value)
  }
  return kept
}
