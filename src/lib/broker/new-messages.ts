import {DeliverPolicy, type JsMsg} from '@nats-io/jetstream'
import type {Broker} from './connection.js'
import {asError} from './errors.js'
import {forever} from './forever.js'
import {ownConsumer, until, WATCHING} from './messages.js'

export interface NewMessagesOptions {
  stream: string
  subject: string
  onMalformed(error: Error): void
  onRestart(error: Error): void
  signal: AbortSignal
}

export type WatchOptions = Pick<NewMessagesOptions, 'onMalformed' | 'onRestart' | 'signal'>

/**
 * Tells of every message that comes into a stream from now on, without its body, for ever; resolves when aborted. What comes while the watch is
 * being made anew is not told. What `visit` throws is a malformed message.
 */
export async function watchNewMessages(
  broker: Broker,
  {stream, subject, onMalformed, onRestart, signal}: NewMessagesOptions,
  visit: (message: JsMsg) => void,
): Promise<void> {
  const options = {filter_subjects: subject, deliver_policy: DeliverPolicy.New, headers_only: true}
  await forever({onRestart, signal}, async (useful) => {
    const consumer = await ownConsumer(broker, stream, options)
    try {
      const messages = await consumer.consume(WATCHING)
      for await (const message of until(signal, messages)) {
        useful()
        try {
          visit(message)
        } catch (error) {
          onMalformed(asError(error))
        }
      }
    } finally {
      await consumer.delete().catch(() => undefined)
    }
  })
}
