import type {Consumer} from '@nats-io/jetstream'
import type {Broker} from './connection.js'
import {ownConsumer} from './messages.js'

/** The broker's clock, milliseconds since 1970: it stamps the consumer that we make with its own time. */
export async function clockOf(consumer: Consumer): Promise<() => number> {
  const {created} = await consumer.info(true)
  const offset = Date.parse(created) - performance.now()
  return () => offset + performance.now()
}

/** As `clockOf`, of a consumer that is made for nothing else. Rejects with BrokerSetupError without streams. */
export async function brokerClock(broker: Broker): Promise<() => number> {
  const consumer = await ownConsumer(broker, broker.names.secondaryStream, {})
  try {
    return await clockOf(consumer)
  } finally {
    await consumer.delete().catch(() => undefined)
  }
}
