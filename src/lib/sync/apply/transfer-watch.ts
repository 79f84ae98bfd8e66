/** What became of the transfers of one revision: how often one began, and how often its last byte was sent. */
export class TransferWatch {
  #started = false
  #sent = false
  #wake: Array<() => void> = []

  /** For the one who hands the transfers out. */
  reached(stage: 'started' | 'sent'): void {
    this.#started = true
    if (stage === 'sent') this.#sent = true
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Forgets what was, before the next request. */
  reset(): void {
    this.#started = false
    this.#sent = false
  }

  /** True once a transfer began, also if before this call; false after `ms` milliseconds without. */
  started(ms: number, signal: AbortSignal): Promise<boolean> {
    return this.#until(() => this.#started, ms, signal)
  }

  /** The same for a transfer that was sent whole. */
  sent(ms: number, signal: AbortSignal): Promise<boolean> {
    return this.#until(() => this.#sent, ms, signal)
  }

  async #until(holds: () => boolean, ms: number, signal: AbortSignal): Promise<boolean> {
    const until = performance.now() + ms
    while (!holds()) {
      const left = until - performance.now()
      if (left <= 0) return false
      await this.#change(left, signal)
    }
    return true
  }

  #change(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        settle()
      }
      const abort = () => end(() => reject(signal.reason))
      const timer = setTimeout(() => end(resolve), ms)
      signal.addEventListener('abort', abort, {once: true})
      this.#wake.push(() => end(resolve))
    })
  }
}
