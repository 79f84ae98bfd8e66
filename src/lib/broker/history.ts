import {DeliverPolicy, type JsMsg} from '@nats-io/jetstream'
import {mergeSorted} from '../async/merge.js'
import type {ZoneName} from '../dns/name.js'
import type {Happening} from '../zone/happening.js'
import type {Broker} from './connection.js'
import {asError} from './errors.js'
import {readEvent} from './events.js'
import {forever} from './forever.js'
import {everyMessage, ownConsumer, until, WATCHING} from './messages.js'
import type {WatchOptions} from './new-messages.js'
import {readProvision, readReceipt} from './reports.js'

/** What of the history is asked for. */
export interface HistoryQuestion {
  zone: ZoneName | '>'
  /** Milliseconds since 1970 by the broker's clock; absent for all that is kept. */
  since?: number
}

export interface FollowQuestion {
  zone: ZoneName | '>'
  /** The times of what was read last; absent for what happens from now on. */
  after?: Partial<Record<Happening['kind'], number>>
}

interface Source {
  kind: Happening['kind']
  stream: string
  subject: string
  read(message: JsMsg): Happening
}

/** What happened to zones, from the streams of events and of what was told about them. */
export class History {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** What is kept at this moment, in order. Rejects as `everyMessage` and `ownConsumer` do. */
  read(
    {zone, since}: HistoryQuestion,
    signal: AbortSignal,
    onMalformed: (error: Error) => void,
  ): AsyncGenerator<Happening> {
    const sources = this.#sources(zone).map((source) => this.#kept(source, since, signal, onMalformed))
    return mergeSorted(sources, ({time}) => time)
  }

  /**
   * Tells of all that happens from now on, or after what was read, also of what came while the broker could not be reached;
   * resolves when aborted.
   */
  async follow(
    {zone, after = {}}: FollowQuestion,
    options: WatchOptions,
    on: (happening: Happening) => void,
  ): Promise<void> {
    await Promise.all(
      this.#sources(zone).map((source) => this.#follow(source, after[source.kind], options, on)),
    )
  }

  async #follow(
    {stream, subject, read}: Source,
    after: number | undefined,
    {onMalformed, onRestart, signal}: WatchOptions,
    on: (happening: Happening) => void,
  ): Promise<void> {
    let newest = after
    await forever({onRestart, signal}, async (useful) => {
      const start = newest === undefined ? {deliver_policy: DeliverPolicy.New} : startAt(newest)
      const consumer = await ownConsumer(this.#broker, stream, {filter_subjects: subject, ...start})
      try {
        const messages = await consumer.consume(WATCHING)
        for await (const message of until(signal, messages)) {
          useful()
          const time = timeOf(message)
          if (newest !== undefined && time <= newest) continue
          newest = time
          attempt(() => on(read(message)), onMalformed)
        }
      } finally {
        await consumer.delete().catch(() => undefined)
      }
    })
  }

  // A source for each subject: nats-server before 2.10 knows one filter for a consumer.
  #sources(zone: ZoneName | '>'): Source[] {
    const {names} = this.#broker
    return [
      {
        kind: 'event',
        stream: names.eventStream,
        subject: names.event('*', zone),
        read: (message) => ({
          kind: 'event',
          time: timeOf(message),
          sequence: message.seq,
          event: readEvent(names, message.subject, message.data),
        }),
      },
      {
        kind: 'provision',
        stream: names.historyStream,
        subject: names.provided(zone),
        read: (message) => ({
          kind: 'provision',
          time: timeOf(message),
          provision: readProvision(names, message.subject, message.data),
        }),
      },
      {
        kind: 'receipt',
        stream: names.historyStream,
        subject: names.receipt('*', zone),
        read: (message) => ({
          kind: 'receipt',
          time: timeOf(message),
          receipt: readReceipt(names, message.subject, message.data),
        }),
      },
    ]
  }

  async *#kept(
    {stream, subject, read}: Source,
    since: number | undefined,
    signal: AbortSignal,
    onMalformed: (error: Error) => void,
  ): AsyncGenerator<Happening> {
    const start = since === undefined ? {} : startAt(since)
    const consumer = await ownConsumer(this.#broker, stream, {filter_subjects: subject, ...start})
    for await (const message of everyMessage(consumer, signal)) {
      const happening = attempt(() => read(message), onMalformed)
      if (happening && (since === undefined || happening.time >= since)) yield happening
    }
  }
}

function timeOf(message: JsMsg): number {
  return message.info.timestampNanos / 1e6
}

function startAt(time: number) {
  return {deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(time).toISOString()}
}

function attempt<T>(work: () => T, onFailure: (error: Error) => void): T | undefined {
  try {
    return work()
  } catch (error) {
    onFailure(asError(error))
    return undefined
  }
}
