import type {JsMsg} from '@nats-io/jetstream'
import type {NatsConnection} from 'nats'
import {nanos} from 'nats'

/** What settles a delivered message. One of `ack` and `retryIn` ends it; what comes after that does nothing. */
export interface Settlement {
  /** 1 for the first delivery. */
  delivery: number
  ack(): void
  /** Has it delivered again after `ms` milliseconds. */
  retryIn(ms: number): void
  /** Says that the work goes on, so that it is not delivered to somebody else meanwhile. */
  working(): void
}

/** Has a message that nobody can make use of never delivered again. */
export function drop(message: JsMsg): void {
  // Without the reason, which nats-server before 2.10.4 does not understand: it would deliver the message for ever.
  message.term()
}

/**
 * Settles a message without holding on to it: JsMsg's own methods would keep its body in memory for as long as it waits.
 * On a connection that is closed nothing is said, and the broker delivers the message again.
 */
export function settlementOf(nc: NatsConnection, message: JsMsg): Settlement {
  const {reply} = message as JsMsg & {readonly reply: string}
  let settled = false
  const say = (words: string) => {
    if (!settled && !nc.isClosed()) nc.publish(reply, words)
  }
  const settle = (words: string) => {
    say(words)
    settled = true
  }
  return {
    delivery: message.info.deliveryCount,
    ack: () => settle('+ACK'),
    retryIn: (ms) => settle(ms > 0 ? `-NAK ${JSON.stringify({delay: nanos(ms)})}` : '-NAK'),
    working: () => say('+WPI'),
  }
}
