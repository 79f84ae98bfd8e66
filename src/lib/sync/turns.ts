import type {TransferWatch} from './transfer-watch.js'

const LONGEST_MS = 8000

/**
 * Tells a request for a transfer that PowerDNS dropped from one that waits for its turn: PowerDNS transfers two zones at a time
 * and says nothing. The more requests wait, the longer each is given; asking again for what is queued would only cost
 * PowerDNS the time that the queue needs.
 */
export class Turns {
  #waiting = 0

  /** False where the transfer did not begin: within `ms` milliseconds when it is alone, so many times longer when it is not. */
  async begun(watch: TransferWatch, ms: number, signal: AbortSignal): Promise<boolean> {
    this.#waiting++
    try {
      return await watch.started(Math.min(LONGEST_MS, ms * this.#waiting), signal)
    } finally {
      this.#waiting--
    }
  }
}
