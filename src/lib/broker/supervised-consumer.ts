import type {ConsumerConfig, ConsumerMessages, JsMsg} from '@nats-io/jetstream'
import {isAbortOf, sleep} from '../async/abort.js'
import {backoff} from '../async/backoff.js'
import type {Broker} from './connection.js'

export interface SupervisedConsumerOptions {
  stream: string
  config: Partial<ConsumerConfig> & {durable_name: string}
  /** At most this many messages are under way to this client. */
  maxMessages: number
  /** Creates what the consumer needs (its stream) where it is missing. */
  prepare(): Promise<unknown>
  /** Every (re)start, with the stream's time of creation: another time means another stream, with sequences of its own. */
  onStart?(streamCreated: string): void
  /** Told why consuming ended and that it begins again. */
  onRestart(error: Error): void
}

/**
 * Hands every message of a durable pull consumer to `handle`, for ever: an iterator that ends (missed heartbeats, a deleted
 * consumer, a wiped stream) is made anew, with the stream and the consumer where they are missing. Resolves when aborted.
 */
export async function consumeForever(
  broker: Broker,
  options: SupervisedConsumerOptions,
  handle: (message: JsMsg) => void,
  signal: AbortSignal,
): Promise<void> {
  let delays = newDelays()
  while (!signal.aborted) {
    try {
      await consumeOnce(broker, options, signal, (message) => {
        delays = newDelays()
        handle(message)
      })
      if (!signal.aborted) options.onRestart(new Error('the broker ended the consumer'))
    } catch (error) {
      if (isAbortOf(signal, error)) return
      options.onRestart(error instanceof Error ? error : new Error(String(error)))
    }
    await sleep(delays.next().value, signal).catch(() => undefined)
  }
}

async function consumeOnce(
  broker: Broker,
  options: SupervisedConsumerOptions,
  signal: AbortSignal,
  handle: (message: JsMsg) => void,
): Promise<void> {
  const {stream, config, maxMessages} = options
  await options.prepare()
  const info = await broker.jsm.streams.info(stream)
  await broker.jsm.consumers.add(stream, config)
  options.onStart?.(info.created)
  const consumer = await broker.js.consumers.get(stream, config.durable_name)
  const messages = await consumer.consume({max_messages: maxMessages, expires: 30_000, idle_heartbeat: 5000})
  const stop = () => messages.stop()
  signal.addEventListener('abort', stop, {once: true})
  const watched = stopWhenMissing(messages)
  try {
    for await (const message of messages) handle(message)
  } finally {
    signal.removeEventListener('abort', stop)
    messages.stop()
    await watched
  }
}

/** Missing heartbeats heal by themselves; a missing consumer or stream does not. */
async function stopWhenMissing(messages: ConsumerMessages): Promise<void> {
  for await (const {type} of messages.status()) {
    if (type === 'consumer_deleted' || type === 'consumer_not_found' || type === 'stream_not_found')
      messages.stop()
  }
}

function newDelays() {
  return backoff({firstMs: 100, maxMs: 5000})
}
