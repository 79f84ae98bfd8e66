import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JsMsg,
  PubHeaders,
} from '@nats-io/jetstream'
import {headers, nanos} from 'nats'
import {z} from 'zod'
import type {ZoneEvent} from '../zone/event.js'
import {EVENT_VERBS} from '../zone/event.js'
import {zoneOfKey} from '../zone/key.js'
import {countSchema, decodeJson, encodeJson} from './codec.js'
import {commonEvent} from './common-messages.js'
import type {Broker} from './connection.js'
import {asError, MalformedMessageError} from './errors.js'
import type {BrokerNames} from './names.js'
import type {WatchOptions} from './new-messages.js'
import {watchNewMessages} from './new-messages.js'
import {drop, type Settlement, settlementOf} from './settlement.js'
import {consumeForever} from './supervised-consumer.js'
import {createMissing, type TopologyOptions} from './topology.js'

/** An event as it was delivered, with what settles it. */
export interface DeliveredEvent extends ZoneEvent, Settlement {
  /** Its sequence in the event stream. */
  sequence: number
}

/** What a mere onlooker sees of an event. */
export type SeenEvent = Pick<DeliveredEvent, 'verb' | 'zone' | 'sequence'>

export interface EventFeedOptions {
  topology: TopologyOptions
  /** Events under way to this instance. */
  maxMessages: number
  onMalformed(error: Error): void
  onRestart(error: Error): void
  signal: AbortSignal
}

export const bodySchema = z.lazy(() =>
  z.object({
    id: z.string().min(1).max(200),
    source: z.string().max(200),
    call: z.string().max(2000).exactOptional(),
    at: countSchema,
  }),
)

/** What a killed daemon had in hand is delivered again after this long. Whoever works longer says so more often. */
const ACK_WAIT_MS = 10_000

/** The stream of events about zones. */
export class EventStream {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** Resolves with the event's sequence when the stream has it. The same `id` twice is one event. */
  async publish({verb, zone, ...body}: ZoneEvent): Promise<number> {
    const {publisher, names} = this.#broker
    const unique = headers()
    unique.set(PubHeaders.MsgIdHdr, body.id)
    return publisher.publish(names.event(verb, zone), encodeJson(body), unique)
  }

  /** Shares all events among the zone-providers, for ever; resolves when aborted. */
  async consume(options: EventFeedOptions, handle: (event: DeliveredEvent) => void): Promise<void> {
    const {names} = this.#broker
    const consumer = {
      stream: names.eventStream,
      config: {
        durable_name: names.providerConsumer,
        filter_subject: names.event('*', '>'),
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: nanos(ACK_WAIT_MS),
        max_ack_pending: 20_000,
        max_deliver: -1,
      },
      maxMessages: options.maxMessages,
      prepare: () => createMissing(this.#broker, options.topology),
      onRestart: options.onRestart,
    }
    const deliver = (message: JsMsg) => {
      const event = this.#read(message, options.onMalformed)
      if (event) handle(event)
      else drop(message)
    }
    await consumeForever(this.#broker, consumer, deliver, options.signal)
  }

  /** Tells of every event from now on, in order; resolves when aborted. */
  watch(options: WatchOptions, on: (event: SeenEvent) => void): Promise<void> {
    const {eventStream: stream} = this.#broker.names
    const subject = this.#broker.names.event('*', '>')
    return watchNewMessages(this.#broker, {...options, stream, subject}, (message) => {
      on({...addressOf(this.#broker.names, message.subject), sequence: message.seq})
    })
  }

  /** What the zone-providers have not settled: all events, where there never was one of them. */
  async backlog(): Promise<{waiting: number; inFlight: number}> {
    const {jsm, names} = this.#broker
    try {
      const consumer = await jsm.consumers.info(names.eventStream, names.providerConsumer)
      return {waiting: consumer.num_pending, inFlight: consumer.num_ack_pending}
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound))
        throw error
      const {state} = await jsm.streams.info(names.eventStream)
      return {waiting: state.messages, inFlight: 0}
    }
  }

  #read(message: JsMsg, onMalformed: (error: Error) => void): DeliveredEvent | undefined {
    const {nc, names} = this.#broker
    try {
      const event = readEvent(names, message.subject, message.data)
      return {...event, sequence: message.seq, ...settlementOf(nc, message)}
    } catch (error) {
      onMalformed(asError(error))
      return undefined
    }
  }
}

/** Throws MalformedMessageError, and what `zoneOfKey` throws. */
export function readEvent(names: BrokerNames, subject: string, data: Uint8Array): ZoneEvent {
  return {...addressOf(names, subject), ...decodeJson(bodySchema, data, subject, commonEvent)}
}

function addressOf({prefix}: BrokerNames, subject: string): Pick<ZoneEvent, 'verb' | 'zone'> {
  const [verb = '', ...key] = subject.slice(`${prefix}.event.`.length).split('.')
  const known = EVENT_VERBS.find((candidate) => candidate === verb)
  if (!known) throw new MalformedMessageError(`"${verb}" on ${subject} is no event`)
  return {verb: known, zone: zoneOfKey(key.join('.'))}
}
