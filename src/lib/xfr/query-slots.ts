/** So many at once; the others wait for their turn, in order. */
export class QuerySlots {
  readonly #waiting = new Set<() => void>()
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  /** Rejects with the signal's reason when that is aborted before there is a slot. */
  async acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return
    }
    await new Promise<void>((resolve, reject) => {
      const granted = () => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const abort = () => {
        this.#waiting.delete(granted)
        reject(signal.reason)
      }
      signal.addEventListener('abort', abort, {once: true})
      this.#waiting.add(granted)
    })
  }

  /** Passes the slot on. */
  release(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
