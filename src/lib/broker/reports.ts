import type {Subscription} from 'nats'
import {z} from 'zod'
import type {ZoneName} from '../dns/name.js'
import type {Provision, Receipt} from '../zone/report.js'
import {
  checkSubject,
  countSchema,
  decodeJson,
  encodeJson,
  errorReportSchema,
  zoneNameSchema,
} from './codec.js'
import type {Broker} from './connection.js'
import {asError} from './errors.js'

const about = {zone: zoneNameSchema, event: countSchema, at: countSchema}

const provisionSchema = z.discriminatedUnion('outcome', [
  z.object({...about, outcome: z.enum(['stored', 'unchanged', 'tombstone']), revision: countSchema}),
  z.object({...about, outcome: z.literal('absent')}),
  z.object({...about, outcome: z.literal('failed'), error: errorReportSchema}),
])

const proof = {...about, secondary: z.string().max(63), revision: countSchema, ms: z.number().nonnegative()}

const receiptSchema = z.discriminatedUnion('outcome', [
  z.object({...proof, outcome: z.literal('served'), serial: countSchema}),
  z.object({...proof, outcome: z.literal('removed')}),
  z.object({...proof, outcome: z.literal('failed'), error: errorReportSchema}),
])

export interface ReportListener<T> {
  on(report: T): void
  onMalformed(error: Error): void
}

/**
 * What zone-providers and syncers tell everybody, without anybody keeping it: a report that nobody heard is made up for by
 * the next one. Each `watch…` answers with what ends it.
 */
export class Reports {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  provided(provision: Provision): void {
    this.#publish(this.#broker.names.provided(provision.zone), provision)
  }

  receipt(receipt: Receipt): void {
    this.#publish(this.#broker.names.receipt(receipt.secondary, receipt.zone), receipt)
  }

  watchProvisions(zone: ZoneName | '>', listener: ReportListener<Provision>): () => void {
    const {names} = this.#broker
    const subjectOf = (provision: Provision) => names.provided(provision.zone)
    return this.#watch(names.provided(zone), provisionSchema, subjectOf, listener)
  }

  watchReceipts(zone: ZoneName | '>', listener: ReportListener<Receipt>): () => void {
    const {names} = this.#broker
    const subjectOf = (receipt: Receipt) => names.receipt(receipt.secondary, receipt.zone)
    return this.#watch(names.receipt('*', zone), receiptSchema, subjectOf, listener)
  }

  /** Resolves when the broker has seen every `watch…` so far, so that nothing published after it is missed. */
  async watching(): Promise<void> {
    await this.#broker.nc.flush()
  }

  #publish(subject: string, report: object): void {
    const {nc} = this.#broker
    if (!nc.isClosed()) nc.publish(subject, encodeJson(report))
  }

  #watch<T>(
    subject: string,
    schema: z.ZodType<T>,
    subjectOf: (report: T) => string,
    {on, onMalformed}: ReportListener<T>,
  ): () => void {
    const subscription: Subscription = this.#broker.nc.subscribe(subject, {
      callback: (error, message) => {
        if (error) return onMalformed(error)
        let report: T
        try {
          report = decodeJson(schema, message.data, message.subject)
          checkSubject(message.subject, subjectOf(report))
        } catch (malformed) {
          return onMalformed(asError(malformed))
        }
        on(report)
      },
    })
    return () => subscription.unsubscribe()
  }
}
