import {AckPolicy, type ConsumerMessages, DeliverPolicy, type JsMsg} from '@nats-io/jetstream'
import {nanos, type Status} from 'nats'
import type {ZoneName} from '../dns/name.js'
import {InvalidZoneKeyError, zoneOfKey} from '../zone/key.js'
import type {Stored} from '../zone/version.js'
import type {Broker} from './connection.js'
import {asError, BrokerUnavailableError} from './errors.js'
import {forever} from './forever.js'
import {ENDING_WHEN_GONE, until} from './messages.js'
import {createMissing, type TopologyOptions} from './topology.js'
import {stateOf, UnreadableStateError} from './zone-message.js'

export interface FollowOptions {
  topology: TopologyOptions
  onMalformed(error: Error): void
  onRestart(error: Error): void
  signal: AbortSignal
}

/** Who keeps a picture of the zone store. */
export interface StateFollower {
  /** All states come anew, from the beginning. Another `streamCreated` than before: the store was made anew. */
  onReset(streamCreated: string): void
  onState(state: Stored): void
  /** The newest message of this zone is none of ours: the store has no state of it. */
  onUnreadable(zone: ZoneName, revision: number): void
  /** Everything that was there at the last reset has come; once after each reset. */
  onCaughtUp(): void
}

/**
 * Tells of all states in the zone store, without their bodies, and then of every new one, in order and for ever; resolves when
 * aborted. It starts over with `onReset` whenever it cannot know that it missed nothing: after a reconnect (a broker that
 * crashed may have lost what it had acknowledged), a message that did not come, a stream that was made anew.
 */
export async function followStates(
  broker: Broker,
  {topology, onMalformed, onRestart, signal}: FollowOptions,
  follower: StateFollower,
): Promise<void> {
  await forever({onRestart, signal}, async (useful) => {
    await createMissing(broker, topology)
    const {created, newest, waiting, messages} = await everythingOf(broker)
    signal.throwIfAborted()
    const reading = new Reading(broker.names.zone('>'), follower, onMalformed)
    follower.onReset(created)
    let behind = true
    const caughtUp = () => {
      if (behind) follower.onCaughtUp()
      behind = false
      useful()
    }
    if (waiting === 0) caughtUp()
    void whenIdle(messages, caughtUp)
    const connection = endOnReconnect(broker, messages)
    try {
      for await (const message of until(signal, messages)) {
        reading.take(message)
        // Where messages are replaced all the time the broker miscounts what waits; but their order it keeps.
        if (behind && (message.seq >= newest || message.info.pending === 0)) caughtUp()
      }
    } finally {
      connection.stop()
    }
  })
}

/** Without a client's own recovery: it would go on with a stream's old sequences in a new stream. */
async function everythingOf({jsm, js, names}: Broker) {
  const stream = names.zoneStream
  const {created, state} = await jsm.streams.info(stream)
  const info = await jsm.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    filter_subject: names.zone('>'),
    headers_only: true,
    mem_storage: true,
    inactive_threshold: nanos(30_000),
  })
  const consumer = await js.consumers.get(stream, info.name)
  const options = {max_messages: 5000, expires: 10_000, idle_heartbeat: 1000, ...ENDING_WHEN_GONE}
  const messages = await consumer.consume(options)
  return {created, newest: state.last_seq, waiting: info.num_pending, messages}
}

/** Reads message by message, and notices where one is missing. */
class Reading {
  readonly #prefix: string
  readonly #follower: StateFollower
  readonly #onMalformed: (error: Error) => void
  #delivered = 0

  constructor(subjects: string, follower: StateFollower, onMalformed: (error: Error) => void) {
    this.#prefix = subjects.slice(0, -1)
    this.#follower = follower
    this.#onMalformed = onMalformed
  }

  take(message: JsMsg): void {
    if (message.info.deliverySequence !== ++this.#delivered) {
      throw new BrokerUnavailableError('a message of the zone store was lost on its way')
    }
    try {
      this.#follower.onState(stateOf(message))
    } catch (error) {
      this.#onMalformed(asError(error))
      if (error instanceof UnreadableStateError) this.#unreadable(message.subject, error.revision)
    }
  }

  #unreadable(subject: string, revision: number): void {
    try {
      this.#follower.onUnreadable(zoneOfKey(subject.slice(this.#prefix.length)), revision)
    } catch (error) {
      // Not even the key is ours: then it is in no zone's place.
      if (!(error instanceof InvalidZoneKeyError)) throw error
    }
  }
}

/** The broker says that there is nothing more for the moment: what was still to come was removed meanwhile. */
async function whenIdle(messages: ConsumerMessages, idle: () => void): Promise<void> {
  for await (const {type} of messages.status()) if (type === 'heartbeat') idle()
}

/** What was on its way when the connection broke is lost, and nothing tells when it was the last for a while. */
function endOnReconnect({nc}: Broker, messages: ConsumerMessages): {stop(): void} {
  const statuses = nc.status() as AsyncIterable<Status> & {stop(): void}
  void (async () => {
    for await (const {type} of statuses) if (type === 'reconnect') messages.stop()
  })()
  return statuses
}
