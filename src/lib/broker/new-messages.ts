import {DeliverPolicy, type JsMsg} from '@nats-io/jetstream'
import {isAbortOf, sleep} from '../async/abort.js'
import {backoff} from '../async/backoff.js'
import type {Broker} from './connection.js'

export interface NewMessagesOptions {
  stream: string
  subject: string
  onMalformed(error: Error): void
  onRestart(error: Error): void
  signal: AbortSignal
}

/**
 * Tells of every message that comes into a stream from now on, without its body, for ever; resolves when aborted. What comes
 * while the watch is being made anew is not told. What `visit` throws is a malformed message.
 */
export async function watchNewMessages(
  broker: Broker,
  options: NewMessagesOptions,
  visit: (message: JsMsg) => void,
): Promise<void> {
  const {onMalformed, onRestart, signal} = options
  const guarded = (message: JsMsg) => {
    try {
      visit(message)
    } catch (error) {
      onMalformed(error instanceof Error ? error : new Error(String(error)))
    }
  }
  for (const delay of backoff({firstMs: 200, maxMs: 5000})) {
    try {
      await watchOnce(broker, options, guarded)
    } catch (error) {
      if (!isAbortOf(signal, error)) onRestart(error instanceof Error ? error : new Error(String(error)))
    }
    await sleep(delay, signal).catch(() => undefined)
    if (signal.aborted) return
  }
}

async function watchOnce(
  {js}: Broker,
  {stream, subject, signal}: NewMessagesOptions,
  visit: (message: JsMsg) => void,
): Promise<void> {
  const consumer = await js.consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.New,
    headers_only: true,
  })
  const messages = await consumer.consume({max_messages: 1000})
  const stop = () => messages.stop()
  signal.addEventListener('abort', stop, {once: true})
  if (signal.aborted) stop()
  try {
    for await (const message of messages) visit(message)
  } finally {
    signal.removeEventListener('abort', stop)
    await consumer.delete().catch(() => undefined)
  }
}
