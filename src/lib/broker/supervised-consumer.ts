import type {ConsumerConfig, JsMsg} from '@nats-io/jetstream'
import {sleep} from '../async/abort.js'
import type {Broker} from './connection.js'
import {isDenied} from './errors.js'
import {forever} from './forever.js'
import {ENDING_WHEN_GONE, until} from './messages.js'

export interface SupervisedConsumerOptions {
  stream: string
  /** How the stream is reached; without, as all others. */
  from?: Pick<Broker, 'js' | 'jsm'>
  config: Partial<ConsumerConfig> & {durable_name: string}
  /** At most this many messages are under way to this client. */
  maxMessages: number
  /** Creates what the consumer needs (its stream) where it is missing. */
  prepare(): Promise<unknown>
  /** Every (re)start. Another time of creation means another stream, with sequences of its own. */
  onStart?(stream: {created: string; newest: number}): void
  /** Told why consuming ended and that it begins again. */
  onRestart(error: Error): void
}

/** After a reconnect the client waits this long before it asks a second time whether the consumer is there. */
const EXPIRES_MS = 10_000

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
  const {stream, from = broker, config, maxMessages, prepare, onStart, onRestart} = options
  await forever({onRestart, signal}, async (useful) => {
    await prepare()
    const info = await from.jsm.streams.info(stream)
    await makeConsumer(broker, {stream, from, config})
    signal.throwIfAborted()
    onStart?.({created: info.created, newest: info.state.last_seq})
    const consumer = await from.js.consumers.get(stream, config.durable_name)
    const request = {
      max_messages: Math.ceil(maxMessages / 2),
      expires: EXPIRES_MS,
      idle_heartbeat: EXPIRES_MS / 2,
      ...ENDING_WHEN_GONE,
    }
    await inTurns(signal, async (ending) => {
      const messages = await consumer.consume(request)
      for await (const message of until(ending, messages)) {
        useful()
        handle(message)
      }
    })
  })
}

/**
 * Two that take messages, whose requests expire by turns: nats-server 2.9.10 may forget one without a word when a message comes in the
 * moment in which it expires, and the client notices that only when two heartbeats are missing. The first end is that of both.
 */
async function inTurns(signal: AbortSignal, take: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const over = new AbortController()
  const ending = AbortSignal.any([signal, over.signal])
  const second = async () => {
    await sleep(EXPIRES_MS / 2, ending)
    await take(ending)
  }
  const both = [take(ending), second()]
  try {
    await Promise.race(both)
  } finally {
    over.abort()
    await Promise.allSettled(both)
  }
}

/** Whoever may not make it waits for those who do: as long as there is none, consuming fails and begins again. */
async function makeConsumer(
  broker: Broker,
  {stream, from, config}: Required<Pick<SupervisedConsumerOptions, 'stream' | 'from' | 'config'>>,
): Promise<void> {
  if (!broker.mayMakeConsumers) return
  try {
    await from.jsm.consumers.add(stream, config)
  } catch (error) {
    if (!isDenied(error)) throw error
    broker.mayMakeConsumers = false
  }
}
