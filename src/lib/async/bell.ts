import {sleep} from './abort.js'

/** Wakes somebody who waits; a ring that nobody waits for is not lost. */
export class Bell {
  #rung = Promise.withResolvers<void>()

  ring(): void {
    this.#rung.resolve()
  }

  /** Resolves when it rings (at once if it rang since the last wait), or after `ms` milliseconds, or when aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    try {
      const either = AbortSignal.any([signal, over.signal])
      await Promise.race([this.#rung.promise, sleep(ms, either).catch(() => undefined)])
    } finally {
      over.abort()
      this.#rung = Promise.withResolvers()
    }
  }
}
