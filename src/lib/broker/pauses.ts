import type {StoredMsg} from '@nats-io/jetstream'
import {orAborted} from '../async/abort.js'
import {Bell} from '../async/bell.js'
import type {Pause} from '../zone/pause.js'
import {decodeJson, encodeJson, pauseSchema} from './codec.js'
import type {Broker} from './connection.js'
import {asError, MalformedMessageError} from './errors.js'
import {isRemoval, removal} from './removal.js'

/**
 * What the broker has of one secondary's pause; `at` is when it took it in, by its clock. `absent`: nothing, though nobody ended it: what there
 * was is lost, or this answer is older than it.
 */
export type PauseRecord =
  | {state: 'absent'}
  | {state: 'ended'; at: number}
  /** `leftMs`: until it ends by itself, by the broker's clock; infinite where it does not. */
  | {state: 'paused'; at: number; pause: Pause; leftMs: number; revision: number}

export interface PauseListener {
  onMalformed(error: Error): void
  /** The broker could not be asked; it is tried again. */
  onTrouble(error: Error): void
  signal: AbortSignal
}

/** Should nobody tell of a change, it is noticed within this time. */
const LOOK_EVERY_MS = 5000
const LOOK_ACROSS_EVERY_MS = 1000
/** Who is told of a change may be quicker than the store that is to keep it. */
const AFTER_A_CHANGE_MS = [50, 200, 1000]

/** Which secondaries are to apply nothing (`paused.<secondary>` in `pdist-control`). */
export class Pauses {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  async put(secondary: string, pause: Pause): Promise<void> {
    await this.#broker.js.publish(this.#subject(secondary), encodeJson(pause))
  }

  /** Writes again what the broker lost. Rejects where there is something. */
  async restore(secondary: string, pause: Pause): Promise<void> {
    const {js} = this.#broker
    await js.publish(this.#subject(secondary), encodeJson(pause), {expect: {lastSubjectSequence: 0}})
  }

  /** Marks it as over; with `revision`, rejects where it is not this one any more. */
  async end(secondary: string, revision?: number): Promise<void> {
    const {js} = this.#broker
    const expect = revision === undefined ? {} : {expect: {lastSubjectSequence: revision}}
    await js.publish(this.#subject(secondary), new Uint8Array(), {headers: removal(), ...expect})
  }

  /** Removes every trace. */
  async forget(secondary: string): Promise<void> {
    const {jsm, names} = this.#broker
    await jsm.streams.purge(names.controlStream, {filter: names.paused(secondary)})
  }

  async look(secondary: string, onMalformed: (error: Error) => void): Promise<PauseRecord> {
    const {names} = this.#broker
    const subject = names.paused(secondary)
    const message = await this.#last(names.controlStream, subject)
    if (!message) return {state: 'absent'}
    const at = message.time.getTime()
    if (isRemoval(message.header)) return {state: 'ended', at}
    try {
      const pause = decodeJson(pauseSchema, message.data, subject)
      return {
        state: 'paused',
        at,
        pause,
        leftMs: await this.#left(secondary, pause, at),
        revision: message.seq,
      }
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error
      // Nobody could ever end what nobody can read.
      onMalformed(error)
      return {state: 'ended', at}
    }
  }

  /**
   * Tells what there is, again and again, and at once when it changes; resolves when aborted. Without a consumer: a secondary need
   * not be allowed to make one.
   */
  async follow(
    secondary: string,
    {onMalformed, onTrouble, signal}: PauseListener,
    on: (record: PauseRecord) => void,
  ): Promise<void> {
    const {nc, names} = this.#broker
    // What is written in another domain is not heard here.
    const every = names.domain === undefined ? LOOK_EVERY_MS : LOOK_ACROSS_EVERY_MS
    const bell = new Bell()
    let soon: number[] = []
    const changed = () => {
      soon = [...AFTER_A_CHANGE_MS]
      bell.ring()
    }
    const subscription = nc.subscribe(names.paused(secondary), {
      callback: (error) => (error ? onTrouble(error) : changed()),
    })
    const reconnects = this.#onReconnect(changed, signal)
    try {
      while (!signal.aborted) {
        await this.look(secondary, onMalformed).then(on, (error) => onTrouble(asError(error)))
        await bell.wait(soon.shift() ?? every, signal)
      }
    } finally {
      if (!nc.isClosed()) subscription.unsubscribe()
    }
    await reconnects
  }

  async #onReconnect(then: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await orAborted(signal, this.#broker.reconnected)
      then()
    }
  }

  /** By the broker's clock, as far as it shows: the lease of the secondary's name is written anew every two seconds. */
  async #left(secondary: string, {since, until}: Pause, at: number): Promise<number> {
    if (until === undefined) return Number.POSITIVE_INFINITY
    const {names} = this.#broker
    const lease = await this.#last(names.leaseStream, names.lease(`syncer-${secondary}`))
    return until - since - (lease ? Math.max(0, lease.time.getTime() - at) : 0)
  }

  #subject(secondary: string): string {
    const {names} = this.#broker
    return names.toBucket(names.paused(secondary))
  }

  async #last(stream: string, subject: string): Promise<StoredMsg | undefined> {
    return (await this.#broker.jsm.direct.getMessage(stream, {last_by_subj: subject})) ?? undefined
  }
}
