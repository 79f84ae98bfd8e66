import {DeliverPolicy} from '@nats-io/jetstream'
import {isAbortOf, sleep} from '../async/abort.js'
import {backoff} from '../async/backoff.js'
import type {Stored} from '../zone/version.js'
import type {Broker} from './connection.js'
import {stateOf} from './zone-message.js'

export interface StateWatchOptions {
  onMalformed(error: Error): void
  onRestart(error: Error): void
  signal: AbortSignal
}

/**
 * Tells of every state that comes into the zone store from now on, without its body, for ever; resolves when aborted.
 * What comes while the watch is being made anew is not told.
 */
export async function watchStates(
  broker: Broker,
  {onMalformed, onRestart, signal}: StateWatchOptions,
  on: (state: Stored) => void,
): Promise<void> {
  const visit = (message: Parameters<typeof stateOf>[0]) => {
    try {
      on(stateOf(message))
    } catch (error) {
      onMalformed(error instanceof Error ? error : new Error(String(error)))
    }
  }
  for (const delay of backoff({firstMs: 200, maxMs: 5000})) {
    try {
      await watchOnce(broker, signal, visit)
    } catch (error) {
      if (!isAbortOf(signal, error)) onRestart(error instanceof Error ? error : new Error(String(error)))
    }
    await sleep(delay, signal).catch(() => undefined)
    if (signal.aborted) return
  }
}

async function watchOnce(
  broker: Broker,
  signal: AbortSignal,
  visit: (message: Parameters<typeof stateOf>[0]) => void,
): Promise<void> {
  const {names, js} = broker
  const consumer = await js.consumers.get(names.zoneStream, {
    filter_subjects: names.zone('>'),
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
