import {Fifo} from './fifo.js'

interface Waiter {
  begin(asUrgent: boolean): void
  begun: boolean
}

/**
 * At most `size` holders at once; the others wait in the order in which they came, those that are urgent before all others.
 * `key`, which nobody else waits under, makes it possible to become urgent while waiting.
 */
export class Slots<K = unknown> {
  #free: number
  /** Held by those that were not urgent when they began. */
  #patient = 0
  readonly #mostPatient: () => number
  readonly #urgent = new Fifo<Waiter>()
  readonly #waiting = new Fifo<Waiter>()
  readonly #byKey = new Map<K, Waiter>()

  /** `mostPatient`: how many slots those may hold that are not urgent, one at least; asked again whenever one may begin. */
  constructor(size: number, mostPatient: () => number = () => size) {
    this.#free = size
    this.#mostPatient = mostPatient
  }

  /** Runs `work` while holding a slot. */
  async hold<T>(work: () => Promise<T>, turn: {urgent?: boolean; key?: K} = {}): Promise<T> {
    const {asUrgent} = await this.#turn(turn)
    try {
      return await work()
    } finally {
      this.#free++
      if (!asUrgent) this.#patient--
      this.#beginNext()
    }
  }

  /** Whoever waits under this key is urgent from now on. */
  hurry(key: K): void {
    const waiter = this.#byKey.get(key)
    if (!waiter) return
    this.#byKey.delete(key)
    this.#urgent.push(waiter)
    this.#beginNext()
  }

  /** Has those begin that may: to be called when `mostPatient` may have become more. */
  look(): void {
    this.#beginNext()
  }

  async #turn({urgent = false, key}: {urgent?: boolean; key?: K}): Promise<{asUrgent: boolean}> {
    const {promise, resolve} = Promise.withResolvers<boolean>()
    const waiter = {begin: resolve, begun: false}
    const line = urgent ? this.#urgent : this.#waiting
    line.push(waiter)
    if (key !== undefined && !urgent) this.#byKey.set(key, waiter)
    this.#beginNext()
    const asUrgent = await promise
    if (key !== undefined && this.#byKey.get(key) === waiter) this.#byKey.delete(key)
    return {asUrgent}
  }

  #beginNext(): void {
    while (this.#free > 0 && (this.#beginOne(this.#urgent) || this.#beginPatient()));
  }

  #beginPatient(): boolean {
    if (this.#patient >= Math.max(1, this.#mostPatient()) || !this.#beginOne(this.#waiting)) return false
    this.#patient++
    return true
  }

  /** Who became urgent meanwhile is in two lines, and begins but once. */
  #beginOne(line: Fifo<Waiter>): boolean {
    for (let waiter = line.shift(); waiter; waiter = line.shift()) {
      if (waiter.begun) continue
      waiter.begun = true
      this.#free--
      waiter.begin(line === this.#urgent)
      return true
    }
    return false
  }
}
