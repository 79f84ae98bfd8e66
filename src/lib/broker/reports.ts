import type {Subscription} from 'nats'
import {z} from 'zod'
import type {ZoneName} from '../dns/name.js'
import type {Announcement, Provision, Receipt} from '../zone/report.js'
import {
  checkSubject,
  countSchema,
  decodeJson,
  encodeJson,
  errorReportSchema,
  zoneNameSchema,
} from './codec.js'
import {commonProvision, commonReceipt} from './common-messages.js'
import type {Broker} from './connection.js'
import {asError} from './errors.js'
import type {BrokerNames} from './names.js'

const about = {zone: zoneNameSchema, event: countSchema, at: countSchema}

export const provisionSchema = z.lazy(() =>
  z.discriminatedUnion('outcome', [
    z.object({...about, outcome: z.enum(['stored', 'unchanged', 'tombstone']), revision: countSchema}),
    z.object({...about, outcome: z.literal('absent')}),
    z.object({...about, outcome: z.literal('failed'), error: errorReportSchema}),
  ]),
)

export const receiptSchema = z.lazy(() => {
  const proof = {
    ...about,
    secondary: z.string().max(63),
    revision: countSchema,
    ms: z.number().nonnegative(),
    ordered: countSchema.exactOptional(),
  }
  const failure = {error: errorReportSchema, sequence: countSchema.exactOptional()}
  return z.discriminatedUnion('outcome', [
    z.object({...proof, outcome: z.literal('served'), serial: countSchema}),
    z.object({...proof, outcome: z.literal('removed')}),
    z.object({...proof, outcome: z.literal('failed'), ...failure}),
  ])
})

const announcementSchema = z.lazy(() => z.object({zone: zoneNameSchema, replaces: countSchema}))

/** Throws MalformedMessageError. */
export function readAnnouncement(names: BrokerNames, subject: string, data: Uint8Array): Announcement {
  const announcement = decodeJson(announcementSchema, data, subject)
  checkSubject(subject, names.announced(announcement.zone))
  return announcement
}

/** Throws MalformedMessageError. */
export function readProvision(names: BrokerNames, subject: string, data: Uint8Array): Provision {
  const provision = decodeJson(provisionSchema, data, subject, commonProvision)
  checkSubject(subject, names.provided(provision.zone))
  return provision
}

/** Throws MalformedMessageError. */
export function readReceipt(names: BrokerNames, subject: string, data: Uint8Array): Receipt {
  const receipt = decodeJson(receiptSchema, data, subject, commonReceipt)
  checkSubject(subject, names.receipt(receipt.secondary, receipt.zone))
  return receipt
}

export interface ReportListener<T> {
  on(report: T): void
  /** Of several who watch the same, one is told. */
  onMalformed(error: Error): void
}

type Read<T> = (names: BrokerNames, subject: string, data: Uint8Array) => T

interface Heard<T = never> {
  listeners: Set<ReportListener<T>>
  subscription: Subscription
}

/**
 * What zone-providers and syncers tell everybody: a report that nobody heard is made up for by the next one. The stream
 * `pdist-history` keeps them for those who look back, and nothing waits for it. Each `watch…` answers with what ends it.
 */
export class Reports {
  readonly #broker: Broker
  /** By subject: what several want to hear is sent, and read, once. */
  readonly #heard = new Map<string, Heard>()

  constructor(broker: Broker) {
    this.#broker = broker
  }

  provided(provision: Provision): void {
    this.#publish(this.#broker.names.provided(provision.zone), provision)
  }

  announced(announcement: Announcement): void {
    this.#publish(this.#broker.names.announced(announcement.zone), announcement)
  }

  receipt(receipt: Receipt): void {
    this.#publish(this.#broker.names.receipt(receipt.secondary, receipt.zone), receipt)
  }

  watchAnnouncements(listener: ReportListener<Announcement>): () => void {
    return this.#watch(this.#broker.names.announced('>'), readAnnouncement, listener)
  }

  watchProvisions(zone: ZoneName | '>', listener: ReportListener<Provision>): () => void {
    return this.#watch(this.#broker.names.provided(zone), readProvision, listener)
  }

  /** `secondary`: the receipts of this one only. */
  watchReceipts(zone: ZoneName | '>', listener: ReportListener<Receipt>, secondary = '*'): () => void {
    return this.#watch(this.#broker.names.receipt(secondary, zone), readReceipt, listener)
  }

  /** Resolves when the broker has seen every `watch…` so far, so that nothing published after it is missed. */
  async watching(): Promise<void> {
    await this.#broker.nc.flush()
  }

  #publish(subject: string, report: object): void {
    const {nc} = this.#broker
    if (!nc.isClosed()) nc.publish(subject, encodeJson(report))
  }

  #watch<T>(subject: string, read: Read<T>, listener: ReportListener<T>): () => void {
    const heard = (this.#heard.get(subject) ?? this.#hear(subject, read)) as Heard<T>
    // Its own, so that the same listener may listen twice.
    const own = {...listener}
    heard.listeners.add(own)
    return () => {
      if (!heard.listeners.delete(own) || heard.listeners.size > 0) return
      if (this.#heard.get(subject) === heard) this.#heard.delete(subject)
      heard.subscription.unsubscribe()
    }
  }

  #hear<T>(subject: string, read: Read<T>): Heard<T> {
    const {nc, names} = this.#broker
    const listeners = new Set<ReportListener<T>>()
    const ignore = (error: Error) => {
      const [first] = listeners
      first?.onMalformed(error)
    }
    const subscription = nc.subscribe(subject, {
      callback: (error, message) => {
        if (error) {
          // It is over: whoever watches from now on is to have another.
          this.#heard.delete(subject)
          return ignore(error)
        }
        let report: T
        try {
          report = read(names, message.subject, message.data)
        } catch (malformed) {
          return ignore(asError(malformed))
        }
        for (const {on} of [...listeners]) on(report)
      },
    })
    const heard = {listeners, subscription}
    this.#heard.set(subject, heard as Heard<never>)
    return heard
  }
}
