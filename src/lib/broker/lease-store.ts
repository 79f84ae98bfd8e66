import {JetStreamApiError} from '@nats-io/jetstream'
import type {MsgHdrs} from 'nats'
import {z} from 'zod'
import {countSchema, decodeJson, encodeJson} from './codec.js'
import type {Broker} from './connection.js'
import {MalformedMessageError} from './errors.js'
import type {LeaseEntry, LeaseHolder} from './lease-entry.js'
import {isRemoval, removal} from './removal.js'

// Lazy, since most commands never read one: to make a schema costs more than to use it once.
const holderSchema = z.lazy(() =>
  z.object({
    id: z.string().max(100),
    session: z.string().max(100),
    host: z.string().max(255),
    pid: countSchema,
  }),
)

const WRONG_LAST_SEQUENCE = 10071

/** The leases in the broker (`pdist-leases`): a key for each, written by compare-and-set only. */
export class LeaseStore {
  readonly #broker: Broker
  readonly #timeout: number

  /** A write that is not acknowledged within `timeoutMs` rejects; whether it was stored is open then. */
  constructor(broker: Broker, timeoutMs: number) {
    this.#broker = broker
    this.#timeout = timeoutMs
  }

  async look(name: string): Promise<LeaseEntry> {
    const {jsm, names} = this.#broker
    const message = await jsm.direct.getMessage(names.leaseStream, {last_by_subj: names.lease(name)})
    if (!message) return {state: 'absent', revision: 0, stamp: ''}
    const entry = {revision: message.seq, stamp: `${message.seq} ${message.timestamp}`}
    if (isRemoval(message.header)) return {...entry, state: 'given back'}
    const holder = holderOf(message.data, message.subject)
    return {...entry, state: 'held', ...(holder ? {holder} : {})}
  }

  /** The new revision, or undefined where the store has another one than the expected (0: nothing). */
  take(name: string, holder: LeaseHolder, expected: number): Promise<number | undefined> {
    return this.#write(name, encodeJson(holder), {expected})
  }

  /** Removes it for good; nobody may hold it any more. */
  async forget(name: string): Promise<void> {
    const {jsm, names} = this.#broker
    await jsm.streams.purge(names.leaseStream, {filter: names.lease(name)})
  }

  /** Does nothing where the store has another revision. */
  async giveBack(name: string, expected: number): Promise<void> {
    await this.#write(name, new Uint8Array(), {expected, headers: removal()})
  }

  async #write(
    name: string,
    data: Uint8Array,
    {expected, headers}: {expected: number; headers?: MsgHdrs},
  ): Promise<number | undefined> {
    const {js, names} = this.#broker
    try {
      const options = {
        expect: {lastSubjectSequence: expected},
        timeout: this.#timeout,
        ...(headers ? {headers} : {}),
      }
      return (await js.publish(names.toBucket(names.lease(name)), data, options)).seq
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) return undefined
      throw error
    }
  }
}

/** Undefined where it is none of ours: like any other it is over when it does not move. */
function holderOf(data: Uint8Array, subject: string): LeaseHolder | undefined {
  try {
    return decodeJson(holderSchema, data, subject)
  } catch (error) {
    if (error instanceof MalformedMessageError) return undefined
    throw error
  }
}
