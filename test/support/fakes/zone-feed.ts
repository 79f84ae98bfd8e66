import {sleep} from '../../../src/lib/async/abort.js'
import type {ZoneName} from '../../../src/lib/dns/name.js'
import type {Delivery} from '../../../src/lib/sync/apply/sync-jobs.js'
import type {Stored} from '../../../src/lib/zone/version.js'
import type {Chance} from './chance.js'

const ACK_WAIT_MS = 30_000

interface Message {
  state: Stored
  body: Uint8Array
  delivery: number
  /** Changes with every delivery and every sign of life, so that an older timer knows that it is too late. */
  lease: number
}

/**
 * One secondary's consumer of the zone store, as JetStream has it: messages come late and out of order, now and then get
 * lost or come twice, and come again until they are acknowledged. A message that was replaced is never delivered again.
 */
export class FakeZoneFeed {
  readonly #chance: Chance
  readonly #handle: (delivery: Delivery) => void
  readonly #onAck: (state: Stored) => void
  readonly #stopped: AbortSignal
  readonly #pending = new Map<ZoneName, Message>()

  /** Nothing is delivered any more when the signal is aborted. */
  constructor(
    chance: Chance,
    handle: (delivery: Delivery) => void,
    onAck: (state: Stored) => void,
    stopped: AbortSignal,
  ) {
    this.#stopped = stopped
    this.#chance = chance
    this.#handle = handle
    this.#onAck = onAck
  }

  /** Zones whose newest state is not acknowledged. */
  get pending(): ZoneName[] {
    return [...this.#pending.keys()]
  }

  written(state: Stored, body: Uint8Array): void {
    const message = {state, body, delivery: 0, lease: 0}
    this.#pending.set(state.zone, message)
    void this.#deliver(message, this.#chance.delay())
    if (this.#chance.accident()) void this.#deliver(message, this.#chance.delay())
  }

  async #deliver(message: Message, ms: number): Promise<void> {
    const delivery = ++message.delivery
    const lease = ++message.lease
    // On its way from here on: it arrives even where it is replaced meanwhile.
    await sleep(ms)
    if (!this.#stopped.aborted && !this.#chance.accident()) this.#handle(this.#made(message, delivery))
    await this.#expire(message, lease)
  }

  async #expire(message: Message, lease: number): Promise<void> {
    await sleep(ACK_WAIT_MS)
    if (message.lease === lease) this.#again(message, 0)
  }

  #again(message: Message, ms: number): void {
    if (this.#stopped.aborted || this.#pending.get(message.state.zone) !== message) return
    void this.#deliver(message, ms)
  }

  #made(message: Message, delivery: number): Delivery {
    let settled = false
    const once = (settle: () => void) => () => {
      if (settled) throw new Error(`${message.state.zone} was settled twice`)
      settled = true
      settle()
    }
    return {
      state: message.state,
      body: message.body,
      live: delivery === 1,
      delivery,
      ack: once(() => {
        this.#onAck(message.state)
        if (this.#pending.get(message.state.zone) === message) this.#pending.delete(message.state.zone)
      }),
      retryIn: (ms) => once(() => this.#again(message, ms))(),
      working: () => {
        if (settled) throw new Error(`${message.state.zone} is said to be under way, but is settled`)
        void this.#expire(message, ++message.lease)
      },
    }
  }
}
