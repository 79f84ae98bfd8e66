import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import type {ChangeWay} from './change.js'

const EVERY_MS = 1000
/** With SQLite, PowerDNS makes no other change during one of a large zone. */
const LEAST_PAUSE_MS = 20

/** Zones that are changed once a second each, in turn, by a client that waits for each answer. */
export class Noise {
  readonly #ways: readonly ChangeWay[]
  readonly #ending = new AbortController()
  readonly #started = performance.now()
  readonly #work: Promise<void>
  #changes = 0
  #ms = 0

  private constructor(ways: readonly ChangeWay[]) {
    this.#ways = ways
    this.#work = this.#repeat()
    this.#work.catch(() => undefined) // thrown by `stop`
  }

  static start(ways: readonly ChangeWay[]): Noise {
    return new Noise(ways)
  }

  /** How many changes there were, of all zones together; to be asked after the end. */
  get perSecond(): number {
    return (this.#changes * 1000) / this.#ms
  }

  /** Resolves when the last change is answered. Rejects where one failed. */
  async stop(): Promise<void> {
    this.#ms = performance.now() - this.#started
    this.#ending.abort()
    await this.#work
  }

  async #repeat(): Promise<void> {
    const {signal} = this.#ending
    let next = performance.now()
    for (let turn = 0; await this.#until(next); turn += 1) {
      await this.#ways[turn % this.#ways.length]?.change(randomBytes(9).toString('hex'))
      if (!signal.aborted) this.#changes += 1
      next = Math.max(next + EVERY_MS / this.#ways.length, performance.now() + LEAST_PAUSE_MS)
    }
  }

  async #until(time: number): Promise<boolean> {
    const {signal} = this.#ending
    return await sleep(Math.max(0, time - performance.now()), true, {signal}).catch(() => false)
  }
}
