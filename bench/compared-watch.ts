import type {Broker} from '../src/lib/broker/connection.js'

export interface ComparedSecondary {
  secondary: string
  differences: number
}

/** Hears of every comparison that is noted in the broker. */
export class ComparedWatch {
  readonly #names: readonly string[]
  readonly #found = new Map<string, number>()
  #onNoted: () => void = () => undefined

  constructor({nc, names}: Broker, secondaries: readonly string[]) {
    this.#names = secondaries
    const prefix = names.compared('')
    nc.subscribe(names.compared('*'), {
      callback: (error, message) => {
        if (error) return
        const {differences} = message.json<{differences: number}>()
        this.#found.set(message.subject.slice(prefix.length), differences)
        this.#onNoted()
      },
    })
  }

  /** Resolves when all secondaries were compared since now, with what differed in the last comparison of each. */
  async all(signal: AbortSignal): Promise<ComparedSecondary[]> {
    this.#found.clear()
    return await new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason)
      signal.addEventListener('abort', abort, {once: true})
      this.#onNoted = () => {
        if (!this.#names.every((name) => this.#found.has(name))) return
        signal.removeEventListener('abort', abort)
        this.#onNoted = () => undefined
        resolve(this.#names.map((secondary) => ({secondary, differences: this.#found.get(secondary) ?? 0})))
      }
    })
  }
}
