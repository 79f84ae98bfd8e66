import {orAborted, sleep, withTimeout} from '../async/abort.js'
import type {Broker} from './connection.js'
import {asError} from './errors.js'
import {type LeaseEntry, type LeaseHolder, RivalWatch} from './lease-entry.js'
import {LeaseStore} from './lease-store.js'
import {createMissing, type TopologyOptions} from './topology.js'

/** `expired`: it could not be renewed in time. `taken`: another has it. `given back`: this end of it was asked for. */
export type LeaseLoss = 'expired' | 'taken' | 'given back'

export interface LeaseOptions {
  /** One token of a subject. */
  name: string
  holder: LeaseHolder
  topology: TopologyOptions
  /** For how long it is good without being renewed, in milliseconds. */
  ttlMs?: number
  onHeld(): void
  onLost(because: LeaseLoss): void
  /** Another (undefined: nobody that can be read) has had it for `forMs` since the first look; told at every look. */
  onRefused?(by: LeaseHolder | undefined, forMs: number): void
  /** The broker could not be asked; it is tried again. */
  onTrouble(error: Error): void
}

/** A killed holder is replaced after this long, and a second or two. */
export const LEASE_TTL_MS = 6000

/** The holder's lease ends that much earlier than its rivals believe, should clocks not run at quite the same rate. */
const SAFETY = 0.1
const GIVE_BACK_MS = 2000

/**
 * A name in the broker that one process at a time holds. The holder judges by its own monotonic clock, from before it asked for
 * the renewal; the others wait for longer than that. So no two believe at the same moment that they hold it, however wrong their
 * clocks are and for however long one stood still. The one exception is a store that was wiped: who never saw the holder cannot
 * know of it until it renews.
 */
export class Lease {
  readonly #broker: Broker
  readonly #options: LeaseOptions
  readonly #store: LeaseStore
  readonly #rival: RivalWatch
  readonly #ttlMs: number
  /** Of what we wrote last, as long as nobody else wrote since. */
  #revision: number | undefined
  #heldUntil: number | undefined
  #timer: NodeJS.Timeout | undefined
  #wasHeld = false
  #refusedSince: number | undefined
  #ended = false

  constructor(broker: Broker, options: LeaseOptions) {
    this.#broker = broker
    this.#options = options
    this.#ttlMs = options.ttlMs ?? LEASE_TTL_MS
    this.#store = new LeaseStore(broker, this.#ttlMs / 3)
    this.#rival = new RivalWatch(this.#ttlMs)
  }

  /** To be asked right before whatever only the holder may do: after a standstill it is true earlier than any event. */
  get held(): boolean {
    if (this.#heldUntil === undefined) return false
    if (performance.now() < this.#heldUntil) return true
    this.#lose('expired')
    return false
  }

  /** Takes it whenever it is free, and keeps it; once only. Resolves when aborted and given back. */
  async hold(signal: AbortSignal): Promise<void> {
    let step = Promise.resolve()
    while (!signal.aborted) {
      step = this.#step()
      await orAborted(signal, step)
      const pause = (this.held ? this.#ttlMs / 3 : this.#ttlMs / 6) * (0.9 + 0.1 * Math.random())
      await sleep(pause, signal).catch(() => undefined)
    }
    this.#ended = true
    this.#lose('given back')
    await withTimeout(GIVE_BACK_MS, undefined, (late) => orAborted(late, this.#giveBack(step)))
  }

  async #step(): Promise<void> {
    if (!this.#broker.connected) return this.#interrupted()
    try {
      if (this.#revision !== undefined && (await this.#write(this.#revision))) return
      await this.#contend()
    } catch (error) {
      this.#interrupted()
      if (!this.#ended) await this.#mend(asError(error))
    }
  }

  async #mend(error: Error): Promise<void> {
    this.#options.onTrouble(error)
    try {
      await createMissing(this.#broker, this.#options.topology)
    } catch (worse) {
      this.#options.onTrouble(asError(worse))
    }
  }

  async #contend(): Promise<void> {
    const entry = await this.#store.look(this.#options.name)
    if (this.#ended) return
    const now = performance.now()
    if (this.#isFree(entry, now)) {
      await this.#write(entry.revision)
      return
    }
    this.#revision = undefined
    this.#lose('taken')
    this.#refusedSince ??= now
    this.#options.onRefused?.(entry.holder, now - this.#refusedSince)
  }

  #isFree(entry: LeaseEntry, now: number): boolean {
    const {id, session, host} = this.#options.holder
    const {holder} = entry
    // Stored, though we never heard so.
    if (holder?.session === session) return true
    // Wiped, tidied up, or overwritten with something that is nobody's.
    if ((entry.state === 'absent' || (entry.state === 'held' && !holder)) && this.held) return true
    // What an earlier life held; but who takes it from us with our id is alive.
    if (!this.#wasHeld && holder?.id === id && holder.host === host) return true
    return this.#rival.isOver(entry, now)
  }

  /** False where somebody else wrote first. */
  async #write(expected: number): Promise<boolean> {
    const sentAt = performance.now()
    const revision = await this.#store.take(this.#options.name, this.#options.holder, expected)
    if (revision === undefined) return false
    this.#revision = revision
    this.#rival.forget()
    this.#refusedSince = undefined
    this.#keepUntil(sentAt + this.#ttlMs * (1 - SAFETY))
    return true
  }

  #keepUntil(until: number): void {
    // An answer may come so late that it is worth nothing any more.
    if (this.#ended || until <= performance.now()) return
    const {held} = this
    this.#heldUntil = until
    this.#watchEnd(until)
    if (held) return
    this.#wasHeld = true
    this.#options.onHeld()
  }

  #watchEnd(until: number): void {
    clearTimeout(this.#timer)
    // A timer may be early by a fraction of a millisecond.
    this.#timer = setTimeout(() => this.held && this.#watchEnd(until), until - performance.now() + 1)
  }

  #lose(because: LeaseLoss): void {
    clearTimeout(this.#timer)
    if (this.#heldUntil === undefined) return
    this.#heldUntil = undefined
    this.#options.onLost(because)
  }

  #interrupted(): void {
    this.#rival.interrupted()
    this.#refusedSince = undefined
  }

  /** So that the next one need not wait. Where it does not succeed, it has to. */
  async #giveBack(lastStep: Promise<void>): Promise<void> {
    await lastStep
    if (this.#revision === undefined || !this.#broker.connected) return
    try {
      await this.#store.giveBack(this.#options.name, this.#revision)
    } catch (error) {
      this.#options.onTrouble(asError(error))
    }
  }
}
