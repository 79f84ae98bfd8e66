import {Fifo} from './fifo.js'

/** At most `size` holders at once; the others wait in the order in which they came. */
export class Slots {
  #free: number
  readonly #waiting = new Fifo<() => void>()

  constructor(size: number) {
    this.#free = size
  }

  /** Runs `work` while holding a slot. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
