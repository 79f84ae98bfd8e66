import {JetStreamApiError, type StoredMsg} from '@nats-io/jetstream'
import {z} from 'zod'
import {type HeldPlan, MAX_LISTED_CHANGES, type PlanStatus} from '../zone/plan.js'
import {countSchema, decodeJson, encodeJson, zoneNameSchema} from './codec.js'
import type {Broker} from './connection.js'
import {asError} from './errors.js'
import {everyMessage, ownConsumer} from './messages.js'
import type {WatchOptions} from './new-messages.js'
import {watchNewMessages} from './new-messages.js'

const PLAN_ID = /^[0-9a-f]{10}$/

// Lazy, since most commands never read one: to make a schema costs more than to use it once.
const planSchema = z.lazy(() =>
  z.object({
    id: z.string().regex(PLAN_ID),
    scope: z.discriminatedUnion('kind', [
      z.object({kind: z.literal('store')}),
      z.object({kind: z.literal('secondary'), secondary: z.string().max(63)}),
    ]),
    kind: z.enum(['deletions', 'record loss']),
    reason: z.string().max(2000),
    at: countSchema,
    count: countSchema,
    changes: z
      .array(
        z.object({
          zone: zoneNameSchema,
          action: z.enum(['create', 'update', 'delete']),
          because: z.string().max(2000),
        }),
      )
      .max(MAX_LISTED_CHANGES),
    status: z.enum(['held', 'approved', 'rejected']),
  }),
)

/** That two sides were compared as a whole, and what came of it. */
export interface Compared {
  /** Milliseconds since 1970 by the clock of whoever compared. */
  at: number
  /** Zones that there are, and how many of them differed. */
  zones: number
  differences: number
  /** When the zone store's stream was made: of another stream this says nothing. */
  storeCreated: string
}

const comparedSchema = z.lazy(() =>
  z.object({
    at: countSchema,
    zones: countSchema,
    differences: countSchema,
    storeCreated: z.string().max(100),
  }),
)

/** What is decided and known about the system as a whole (`pdist-control`): held plans, and the last comparisons. */
export class Control {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  async status(id: string): Promise<PlanStatus | undefined> {
    return (await this.plan(id))?.status
  }

  async plan(id: string): Promise<HeldPlan | undefined> {
    if (!PLAN_ID.test(id)) return undefined
    const message = await this.#last(this.#broker.names.plan(id))
    return message && decodeJson(planSchema, message.data, message.subject)
  }

  /** Keeps the plan unless it is there already. */
  async hold(plan: HeldPlan): Promise<void> {
    if (await this.plan(plan.id)) return
    await this.#put(this.#broker.names.plan(plan.id), plan)
  }

  /** Undefined where there is no such plan. */
  async decide(id: string, status: PlanStatus): Promise<HeldPlan | undefined> {
    const plan = await this.plan(id)
    if (!plan) return undefined
    const decided = {...plan, status}
    await this.#put(this.#broker.names.plan(id), decided)
    return decided
  }

  async drop(id: string): Promise<void> {
    const {jsm, names} = this.#broker
    await jsm.streams.purge(names.controlStream, {filter: names.plan(id)})
  }

  /** The newest first. What is malformed is left out. */
  async list(): Promise<HeldPlan[]> {
    const {names} = this.#broker
    const consumer = await ownConsumer(this.#broker, names.controlStream, {filter_subjects: names.plan('*')})
    const plans: HeldPlan[] = []
    for await (const message of everyMessage(consumer, AbortSignal.timeout(LIST_MS))) {
      const read = planSchema.safeParse(jsonOf(message.data))
      if (read.success) plans.push(read.data)
    }
    return plans.sort((a, b) => b.at - a.at)
  }

  /** Tells of every decision from now on; resolves when aborted. */
  watchDecisions(options: WatchOptions, on: (id: string) => void): Promise<void> {
    const {names} = this.#broker
    const watch = {...options, stream: names.controlStream, subject: names.plan('*')}
    return watchNewMessages(this.#broker, watch, ({subject}) => on(subject.slice(names.plan('').length)))
  }

  /** `who` is `primary` for the store with the primary, else the secondary's name. */
  async noteCompared(who: string, compared: Compared): Promise<void> {
    await this.#put(this.#broker.names.compared(who), compared)
  }

  /** The last comparison, or undefined where there is none of the store as it is. */
  async compared(who: string): Promise<Compared | undefined> {
    const message = await this.#last(this.#broker.names.compared(who))
    if (!message) return undefined
    const compared = decodeJson(comparedSchema, message.data, message.subject)
    return compared.storeCreated === (await this.storeCreated()) ? compared : undefined
  }

  /** Removes what is kept of a secondary: its last comparison, and what of it waits for a decision. */
  async forget(secondary: string): Promise<void> {
    const {jsm, names} = this.#broker
    for (const {id, scope} of await this.list())
      if (scope.kind === 'secondary' && scope.secondary === secondary) await this.drop(id)
    await jsm.streams.purge(names.controlStream, {filter: names.compared(secondary)})
  }

  /** When the zone store's stream was made. */
  async storeCreated(): Promise<string> {
    const {jsm, names} = this.#broker
    return String((await jsm.streams.info(names.zoneStream)).created)
  }

  async #put(subject: string, value: object): Promise<void> {
    await this.#broker.js.publish(this.#broker.names.toBucket(subject), encodeJson(value))
  }

  async #last(subject: string): Promise<StoredMsg | undefined> {
    const {jsm, names} = this.#broker
    try {
      return (await jsm.direct.getMessage(names.controlStream, {last_by_subj: subject})) ?? undefined
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === NO_MESSAGE) return undefined
      throw error
    }
  }
}

const LIST_MS = 10_000
const NO_MESSAGE = 10037

function jsonOf(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString())
  } catch (error) {
    return asError(error)
  }
}
