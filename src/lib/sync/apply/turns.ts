import type {TransferWatch} from './transfer-watch.js'

const LONGEST_MS = 8000

/**
 * Tells a request for a transfer that PowerDNS dropped from one that waits for its turn: PowerDNS transfers two zones at a time
 * and says nothing. The more zones are under way, the longer each is given; asking again for what is queued would only cost
 * PowerDNS the time that the queue needs.
 */
export class Turns {
  #underWay = 0

  /** One more zone that PowerDNS is to transfer, until it is disposed of. */
  enter(): Disposable {
    this.#underWay++
    return {[Symbol.dispose]: () => this.#underWay--}
  }

  /** False where the transfer did not begin: within `ms` milliseconds when its zone is alone, so many times longer when not. */
  begun(watch: TransferWatch, ms: number, signal: AbortSignal): Promise<boolean> {
    return watch.started(Math.min(LONGEST_MS, ms * Math.max(1, this.#underWay)), signal)
  }
}
