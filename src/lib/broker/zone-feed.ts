import {AckPolicy, DeliverPolicy, JetStreamApiError, type JsMsg} from '@nats-io/jetstream'
import {nanos} from 'nats'
import type {Stored} from '../zone/version.js'
import type {Broker, ZoneSource} from './connection.js'
import {asError} from './errors.js'
import type {BrokerNames} from './names.js'
import {drop, type Settlement, settlementOf} from './settlement.js'
import {consumeForever} from './supervised-consumer.js'
import {createMissing, type TopologyOptions} from './topology.js'
import {stateOf} from './zone-message.js'

/** A zone's new state on its way to one secondary. */
export interface DeliveredState extends Settlement {
  state: Stored
  /** The packed messages, where they are not in the object store. */
  body: Uint8Array
  /** Whether it came into the store after we began to consume. */
  live: boolean
  /** States that wait for this secondary in the broker. */
  waiting: number
}

export interface ZoneFeedOptions {
  secondary: string
  topology: TopologyOptions
  /** States under way at once; a body has at most `zone_provider.inline_bytes`. */
  maxMessages: number
  /** Another `streamCreated` than before means that the store was made anew: its revisions begin again. */
  onStart(streamCreated: string): void
  onMalformed(error: Error): void
  onRestart(error: Error): void
  signal: AbortSignal
}

/** What a killed daemon had in hand is delivered again after this long. Whoever works longer says so more often. */
const ACK_WAIT_MS = 10_000
const CONSUMER_NOT_FOUND = 10014

/**
 * Hands every new state in the zone store to `handle`, for ever, each until it is acknowledged; resolves when aborted.
 * The consumer asks for all messages: with `LastPerSubject` nats-server 2.9.10 leaves out some, and the store's history
 * of one message per zone makes both the same.
 */
export async function consumeZones(
  broker: Broker,
  options: ZoneFeedOptions,
  handle: (delivered: DeliveredState) => void,
): Promise<void> {
  const {names} = broker
  let newest = 0
  const consumer = {
    stream: broker.zones.stream,
    from: broker.zones,
    config: consumerConfig(names, options.secondary),
    maxMessages: options.maxMessages,
    prepare: () => createMissing(broker, options.topology),
    onStart: ({created, newest: last}: {created: string; newest: number}) => {
      newest = last
      options.onStart(created)
    },
    onRestart: options.onRestart,
  }
  const deliver = (message: JsMsg) => {
    const delivered = read(broker, message, newest, options.onMalformed)
    if (delivered) handle(delivered)
    else drop(message)
  }
  await consumeForever(broker, consumer, deliver, options.signal)
}

function consumerConfig(names: BrokerNames, secondary: string) {
  return {
    durable_name: names.syncerConsumer(secondary),
    filter_subject: names.zone('>'),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: 20_000,
    max_deliver: -1,
  }
}

/**
 * Makes what these secondaries consume the zone store by, where it is missing: where the broker has roles, a syncer may not make
 * it. Returns the secondaries for which it was made.
 */
export async function makeConsumers(
  {names}: Broker,
  {jsm, stream}: ZoneSource,
  secondaries: readonly string[],
): Promise<string[]> {
  const there = new Set<string>()
  for await (const {name} of jsm.consumers.list(stream)) there.add(name)
  const missing = secondaries.filter((secondary) => !there.has(names.syncerConsumer(secondary)))
  await Promise.all(missing.map((secondary) => jsm.consumers.add(stream, consumerConfig(names, secondary))))
  return missing
}

/** How many states the broker has for this secondary that were not delivered to it. */
export async function pendingStates({zones, names}: Broker, secondary: string): Promise<number> {
  return (await zones.jsm.consumers.info(zones.stream, names.syncerConsumer(secondary))).num_pending
}

/** Where one secondary stands in the zone store's stream. */
export interface FeedPosition {
  /** States that were not handed out to it yet. */
  waiting: number
  /** States that it was handed out, and did not acknowledge. */
  inFlight: number
  /** Every state up to this revision is acknowledged. */
  acknowledged: number
}

/** Undefined where the broker does not know this secondary. */
export async function feedPosition(
  {names}: Broker,
  zones: ZoneSource,
  secondary: string,
): Promise<FeedPosition | undefined> {
  try {
    const consumer = names.syncerConsumer(secondary)
    const {num_pending, num_ack_pending, ack_floor} = await zones.jsm.consumers.info(zones.stream, consumer)
    return {waiting: num_pending, inFlight: num_ack_pending, acknowledged: ack_floor.stream_seq}
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return undefined
    throw error
  }
}

/** Removes a secondary's place in the stream: should it come back, it gets everything anew. */
export async function forgetFeed(
  {names}: Broker,
  {jsm, stream}: ZoneSource,
  secondary: string,
): Promise<void> {
  try {
    await jsm.consumers.delete(stream, names.syncerConsumer(secondary))
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND)) throw error
  }
}

/** The revision up to which this secondary has acknowledged all states; 0 where the broker does not know it yet. */
export async function acknowledgedStates(broker: Broker, secondary: string): Promise<number> {
  return (await feedPosition(broker, broker.zones, secondary))?.acknowledged ?? 0
}

function read(
  {nc}: Broker,
  message: JsMsg,
  newest: number,
  onMalformed: (error: Error) => void,
): DeliveredState | undefined {
  try {
    const {pending: waiting} = message.info
    const live = message.seq > newest
    return {...settlementOf(nc, message), state: stateOf(message), body: message.data, live, waiting}
  } catch (error) {
    onMalformed(asError(error))
    return undefined
  }
}
