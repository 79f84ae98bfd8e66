import {Fifo} from './fifo.js'

interface Waiter {
  readonly begin: () => void
  begun: boolean
}

/**
 * At most `size` holders at once; the others wait in the order in which they came, those that are urgent before all others.
 * `key`, which nobody else waits under, makes it possible to become urgent while waiting.
 */
export class Slots<K = unknown> {
  #free: number
  readonly #urgent = new Fifo<Waiter>()
  readonly #waiting = new Fifo<Waiter>()
  readonly #byKey = new Map<K, Waiter>()

  constructor(size: number) {
    this.#free = size
  }

  /** Runs `work` while holding a slot. */
  async hold<T>(work: () => Promise<T>, {urgent = false, key}: {urgent?: boolean; key?: K} = {}): Promise<T> {
    if (this.#free > 0) this.#free--
    else await this.#turn(urgent, key)
    try {
      return await work()
    } finally {
      const next = this.#next(this.#urgent) ?? this.#next(this.#waiting)
      if (next) next.begin()
      else this.#free++
    }
  }

  /** Whoever waits under this key is urgent from now on. */
  hurry(key: K): void {
    const waiter = this.#byKey.get(key)
    if (!waiter) return
    this.#byKey.delete(key)
    this.#urgent.push(waiter)
  }

  async #turn(urgent: boolean, key: K | undefined): Promise<void> {
    const {promise, resolve} = Promise.withResolvers<void>()
    const waiter = {begin: resolve, begun: false}
    const line = urgent ? this.#urgent : this.#waiting
    line.push(waiter)
    if (key !== undefined && !urgent) this.#byKey.set(key, waiter)
    await promise
    if (key !== undefined && this.#byKey.get(key) === waiter) this.#byKey.delete(key)
  }

  /** Who became urgent meanwhile is in two lines, and begins but once. */
  #next(line: Fifo<Waiter>): Waiter | undefined {
    for (let waiter = line.shift(); waiter; waiter = line.shift()) {
      if (waiter.begun) continue
      waiter.begun = true
      return waiter
    }
    return undefined
  }
}
