import type {Consumer, JsMsg} from '@nats-io/jetstream'
import {z} from 'zod'
import {withTimeout} from '../async/abort.js'
import type {Heartbeat} from '../zone/heartbeat.js'
import {NEEDED, type Needed} from '../zone/outage.js'
import {
  checkSubject,
  countSchema,
  decodeJson,
  encodeJson,
  errorReportSchema,
  pauseSchema,
  zoneNameSchema,
} from './codec.js'
import type {Broker} from './connection.js'
import {asError} from './errors.js'
import {forever} from './forever.js'
import {everyMessage, ownConsumer, until, WATCHING} from './messages.js'
import type {WatchOptions} from './new-messages.js'

/** A heartbeat with its age by the broker's own clock: no secondary's clock has to be right. */
export interface Presence extends Heartbeat {
  /** Milliseconds since the broker took in the heartbeat. */
  ageMs: number
}

const text = z.string().max(200)
const amount = z.number().nonnegative()

/** It becomes a part of subjects. */
const MIRROR = /^[A-Za-z0-9_-]{1,63}$/

// Lazy, since most commands never read one: to make a schema costs more than to use it once.
const heartbeatSchema = z.lazy(() =>
  z.object({
    secondary: z.string().max(63),
    state: z.enum(['starting', 'ok', 'warning']),
    pdist: text,
    powerdns: text,
    node: text,
    zones: countSchema,
    pending: countSchema,
    lag: amount,
    load: amount,
    memory: z.object({total: amount, available: amount}).exactOptional(),
    disks: z
      .array(z.object({path: z.string().max(2000), total: amount, free: amount}))
      .max(20)
      .exactOptional(),
    shortages: z
      .array(z.enum(['load', 'memory', 'disk']))
      .max(3)
      .exactOptional(),
    warnings: z.array(z.string().max(2000)).max(20),
    problems: z.array(errorReportSchema.unwrap().extend({zone: zoneNameSchema, since: countSchema})).max(20),
    problemCount: countSchema,
    signatures: z
      .object({
        ending: countSchema,
        ended: countSchema,
        first: z.array(z.object({zone: zoneNameSchema, leftS: z.int()})).max(20),
      })
      .exactOptional(),
    outages: z
      .array(errorReportSchema.unwrap().extend({of: z.string().max(20), since: countSchema}))
      .max(20)
      // A newer syncer may know of more; the rest of what it says counts all the same.
      .transform((outages) => outages.filter(isOfOurs))
      .exactOptional(),
    paused: pauseSchema.exactOptional(),
    mirror: z
      .object({name: z.string().regex(MIRROR), domain: z.string().regex(MIRROR).exactOptional()})
      .exactOptional(),
    startedAt: countSchema,
  }),
)

function isOfOurs<T extends {of: string}>(outage: T): outage is T & {of: Needed} {
  return (NEEDED as readonly string[]).includes(outage.of)
}

const CLOCK_HOLDS_MS = 3_600_000

/** The secondaries' heartbeats. */
export class PresenceBoard {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  async beat(heartbeat: Heartbeat): Promise<void> {
    const {js, names} = this.#broker
    await js.publish(names.toBucket(names.secondary(heartbeat.secondary)), encodeJson(heartbeat))
  }

  /** What this secondary said last, with its age unknown; undefined where it never said anything, or was forgotten. */
  async last(secondary: string): Promise<Heartbeat | undefined> {
    return (await this.lastHeard(secondary))?.heartbeat
  }

  /** The same, and its sequence in the stream, by which later ones are told from earlier ones whatever a clock says. */
  async lastHeard(secondary: string): Promise<{heartbeat: Heartbeat; sequence: number} | undefined> {
    const {jsm, names} = this.#broker
    const subject = names.secondary(secondary)
    const message = await jsm.direct.getMessage(names.secondaryStream, {last_by_subj: subject})
    if (!message) return undefined
    return {heartbeat: decodeJson(heartbeatSchema, message.data, subject), sequence: message.seq}
  }

  /** Removes the last heartbeat. Who watches is not told, and has to look. */
  async forget(secondary: string): Promise<void> {
    const {jsm, names} = this.#broker
    await jsm.streams.purge(names.secondaryStream, {filter: names.secondary(secondary)})
  }

  /** The last heartbeat of every secondary that ever sent one. Rejects as `everyMessage` does. */
  async list(signal: AbortSignal, onMalformed: (error: Error) => void): Promise<Presence[]> {
    const consumer = await this.#consumer()
    const brokerNow = await clockOf(consumer)
    const found = new Map<string, Presence>()
    // One moment for all, so that their order is that in which they came, however long reading takes.
    const moment = brokerNow()
    for await (const message of everyMessage(consumer, signal)) {
      const presence = this.#read(message, () => moment, onMalformed)
      if (presence) found.set(presence.secondary, presence)
    }
    return [...found.values()].sort((a, b) => a.secondary.localeCompare(b.secondary))
  }

  /** Every last heartbeat, then each new one, for ever; resolves when aborted. */
  async watch(
    {onMalformed, onRestart, signal}: WatchOptions,
    on: (presence: Presence) => void,
  ): Promise<void> {
    await forever({onRestart, signal}, async (useful) => {
      // Begun again now and then, so that no clock drifts away from the broker's.
      while (!signal.aborted) {
        await withTimeout(CLOCK_HOLDS_MS, signal, (ending) =>
          this.#watchWhile(ending, onMalformed, (presence) => {
            useful()
            on(presence)
          }),
        )
      }
    })
  }

  async #watchWhile(
    signal: AbortSignal,
    onMalformed: (error: Error) => void,
    on: (presence: Presence) => void,
  ): Promise<void> {
    const consumer = await this.#consumer()
    const brokerNow = await clockOf(consumer)
    try {
      const messages = await consumer.consume(WATCHING)
      for await (const message of until(signal, messages)) {
        const presence = this.#read(message, brokerNow, onMalformed)
        if (presence) on(presence)
      }
    } finally {
      await consumer.delete().catch(() => undefined)
    }
    if (!signal.aborted) throw new Error('the broker ended the consumer')
  }

  #consumer(): Promise<Consumer> {
    const {names} = this.#broker
    return ownConsumer(this.#broker, names.secondaryStream, {filter_subjects: names.secondary('*')})
  }

  #read(message: JsMsg, brokerNow: () => number, onMalformed: (error: Error) => void): Presence | undefined {
    try {
      const heartbeat = decodeJson(heartbeatSchema, message.data, message.subject)
      checkSubject(message.subject, this.#broker.names.secondary(heartbeat.secondary))
      return {...heartbeat, ageMs: Math.max(0, brokerNow() - message.info.timestampNanos / 1e6)}
    } catch (error) {
      onMalformed(asError(error))
      return undefined
    }
  }
}

/** The broker's clock: it stamps the consumer that we make with its own time. */
async function clockOf(consumer: Consumer): Promise<() => number> {
  const {created} = await consumer.info(true)
  const offset = Date.parse(created) - performance.now()
  return () => offset + performance.now()
}
