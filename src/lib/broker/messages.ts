import type {Consumer, ConsumerMessages, JsMsg, OrderedConsumerOptions} from '@nats-io/jetstream'
import {JetStreamApiCodes, JetStreamApiError} from '@nats-io/jetstream'
import type {Broker} from './connection.js'
import {BrokerSetupError, BrokerUnavailableError} from './errors.js'

/** The messages of a consumer until it ends or the signal is aborted. It is stopped when the loop over them is left. */
export async function* until(signal: AbortSignal, messages: ConsumerMessages): AsyncGenerator<JsMsg> {
  const stop = () => messages.stop()
  signal.addEventListener('abort', stop, {once: true})
  if (signal.aborted) stop()
  try {
    yield* messages
  } finally {
    signal.removeEventListener('abort', stop)
    messages.stop()
  }
}

/** A consumer of our own that nobody else sees and that the broker forgets. Rejects with BrokerSetupError without its stream. */
export async function ownConsumer(
  {js}: Pick<Broker, 'js'>,
  stream: string,
  options: Partial<OrderedConsumerOptions>,
): Promise<Consumer> {
  try {
    return await js.consumers.get(stream, {inactive_threshold: 30_000, ...options})
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.StreamNotFound)) throw cause
    throw new BrokerSetupError(`the broker has no stream ${stream}`, {
      cause,
      hints: ['Run `pdist broker setup`', 'Compare `broker.prefix` with that of the other hosts'],
    })
  }
}

/** Where its consumer or stream is gone it ends, so that it is made anew: the client would go on with a stream's old sequences. */
export const ENDING_WHEN_GONE = {abort_on_missing_resource: true} as const

/**
 * For consumers that are read for ever. nats-server 2.9.10 may forget a request for messages without a word when a message comes in the
 * moment in which the request expires: the client notices it by two heartbeats that are missing.
 */
export const WATCHING = {
  max_messages: 1000,
  expires: 10_000,
  idle_heartbeat: 2000,
  ...ENDING_WHEN_GONE,
} as const

/**
 * Every message that waits for a consumer of our own at this moment; it is gone afterwards. Rejects with
 * BrokerUnavailableError where it could not read them all, so that nobody takes a part for the whole, and with the signal's
 * reason.
 */
export async function* everyMessage(consumer: Consumer, signal: AbortSignal): AsyncGenerator<JsMsg> {
  try {
    let waiting = (await consumer.info(true)).num_pending
    if (waiting === 0) return
    const messages = await consumer.consume({
      max_messages: 5000,
      expires: 5000,
      idle_heartbeat: 1000,
      ...ENDING_WHEN_GONE,
    })
    const idle = stopWhenIdle(messages)
    for await (const message of until(signal, messages)) {
      // What the client had read ahead still comes.
      signal.throwIfAborted()
      yield message
      waiting--
      // Where messages are replaced all the time the broker miscounts what is left, and is never idle; but new ones come last.
      if (waiting === 0 || message.info.pending === 0) return
    }
    signal.throwIfAborted()
    if (!(await idle)) throw new BrokerUnavailableError('the broker ended a list too early')
  } finally {
    await consumer.delete().catch(() => undefined)
  }
}

/** The broker says that there is nothing more: what was still to come was removed meanwhile. */
async function stopWhenIdle(messages: ConsumerMessages): Promise<boolean> {
  for await (const {type} of messages.status()) {
    if (type !== 'heartbeat') continue
    messages.stop()
    return true
  }
  return false
}
