import type {JsMsg} from '@nats-io/jetstream'
import {z} from 'zod'
import {isAbortOf, sleep} from '../async/abort.js'
import type {Heartbeat} from '../zone/heartbeat.js'
import {countSchema, decodeJson, encodeJson, errorReportSchema, zoneNameSchema} from './codec.js'
import type {Broker} from './connection.js'

/** A heartbeat with its age by the broker's own clock: no secondary's clock has to be right. */
export interface Presence extends Heartbeat {
  /** Milliseconds since the broker took in the heartbeat. */
  ageMs: number
}

const text = z.string().max(200)
const amount = z.number().nonnegative()

const heartbeatSchema = z.object({
  secondary: z.string().max(63),
  state: z.enum(['starting', 'ok', 'warning']),
  pdist: text,
  powerdns: text,
  node: text,
  zones: countSchema,
  pending: countSchema,
  lag: amount,
  load: amount,
  warnings: z.array(z.string().max(1000)).max(20),
  problems: z.array(errorReportSchema.extend({zone: zoneNameSchema, since: countSchema})).max(20),
  problemCount: countSchema,
  startedAt: countSchema,
})

/** The secondaries' heartbeats. */
export class PresenceBoard {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  async beat(heartbeat: Heartbeat): Promise<void> {
    const {js, names} = this.#broker
    await js.publish(names.secondary(heartbeat.secondary), encodeJson(heartbeat))
  }

  /** The last heartbeat of every secondary that ever sent one. */
  async list(signal: AbortSignal, onMalformed: (error: Error) => void): Promise<Presence[]> {
    const {jsm, names} = this.#broker
    const {state} = await jsm.streams.info(names.secondaryStream)
    const found: Presence[] = []
    if (state.messages === 0) return found
    await this.#read(signal, (presence, pending) => {
      if (presence instanceof Error) onMalformed(presence)
      else found.push(presence)
      return pending > 0
    })
    return found.sort((a, b) => a.secondary.localeCompare(b.secondary))
  }

  /** Every last heartbeat, then each new one, for ever; resolves when aborted. */
  async watch(
    signal: AbortSignal,
    on: (presence: Presence) => void,
    onMalformed: (error: Error) => void,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#read(signal, (presence) => {
          if (presence instanceof Error) onMalformed(presence)
          else on(presence)
          return true
        })
      } catch (error) {
        if (isAbortOf(signal, error)) return
        onMalformed(error instanceof Error ? error : new Error(String(error)))
      }
      await sleep(1000, signal).catch(() => undefined)
    }
  }

  async #read(
    signal: AbortSignal,
    visit: (presence: Presence | Error, pending: number) => boolean,
  ): Promise<void> {
    const {js, names} = this.#broker
    const consumer = await js.consumers.get(names.secondaryStream, {filter_subjects: names.secondary('*')})
    const brokerNow = await clockOf(consumer)
    const messages = await consumer.consume({max_messages: 1000})
    const stop = () => messages.stop()
    signal.addEventListener('abort', stop, {once: true})
    try {
      for await (const message of messages) {
        if (!visit(read(message, brokerNow()), message.info.pending)) break
      }
    } finally {
      signal.removeEventListener('abort', stop)
      messages.stop()
      await consumer.delete().catch(() => undefined)
    }
  }
}

/** The broker's clock: it stamps the consumer that we make with its own time. */
async function clockOf(consumer: {info(): Promise<{created: string}>}): Promise<() => number> {
  const {created} = await consumer.info()
  const offset = Date.parse(created) - performance.now()
  return () => offset + performance.now()
}

function read(message: JsMsg, brokerNow: number): Presence | Error {
  try {
    const heartbeat = decodeJson(heartbeatSchema, message.data, message.subject)
    const takenIn = message.info.timestampNanos / 1e6
    return {...heartbeat, ageMs: Math.max(0, brokerNow - takenIn)}
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
