import {DeliverPolicy, type JsMsg} from '@nats-io/jetstream'
import {mergeSorted} from '../async/merge.js'
import type {ZoneName} from '../dns/name.js'
import type {Happening} from '../zone/happening.js'
import type {Broker} from './connection.js'
import {asError} from './errors.js'
import {readEvent} from './events.js'
import {everyMessage, ownConsumer} from './messages.js'
import {type WatchOptions, watchNewMessages} from './new-messages.js'
import {readProvision, readReceipt} from './reports.js'

/** What of the history is asked for. */
export interface HistoryQuestion {
  zone: ZoneName | '>'
  /** Milliseconds since 1970 by the broker's clock; absent for all that is kept. */
  since?: number
}

interface Source {
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

  /** Tells of all that happens from now on; resolves when aborted. */
  async follow(
    zone: ZoneName | '>',
    options: WatchOptions,
    on: (happening: Happening) => void,
  ): Promise<void> {
    const watches = this.#sources(zone).map(({stream, subject, read}) =>
      watchNewMessages(this.#broker, {...options, stream, subject, bodies: true}, (message) =>
        on(read(message)),
      ),
    )
    await Promise.all(watches)
  }

  // A source for each subject: nats-server before 2.10 knows one filter for a consumer.
  #sources(zone: ZoneName | '>'): Source[] {
    const {names} = this.#broker
    const timeOf = (message: JsMsg) => message.info.timestampNanos / 1e6
    return [
      {
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
        stream: names.historyStream,
        subject: names.provided(zone),
        read: (message) => ({
          kind: 'provision',
          time: timeOf(message),
          provision: readProvision(names, message.subject, message.data),
        }),
      },
      {
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
    const start =
      since === undefined
        ? {}
        : {deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(since).toISOString()}
    const consumer = await ownConsumer(this.#broker, stream, {filter_subjects: subject, ...start})
    for await (const message of everyMessage(consumer, signal)) {
      try {
        yield read(message)
      } catch (error) {
        onMalformed(asError(error))
      }
    }
  }
}
