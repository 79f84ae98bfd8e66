import {orAborted, sleep, withTimeout} from '../async/abort.js'

export interface PulseOptions {
  /** Resolves when the other side answered; may never settle. */
  beat(): Promise<void>
  isConnected(): boolean
  onUp(): void
  /** Called again and again while nothing is heard; `silentMs` is since it was heard last. */
  onAway(silentMs: number): void
}

const EVERY_MS = 500
const SILENT_MS = 3000

/** Asks again and again whether somebody is there. A connection that stands proves nothing: the other side may be frozen. */
export class Pulse {
  readonly #options: PulseOptions
  #heardAt = performance.now()
  #pending: Promise<boolean> | undefined

  constructor(options: PulseOptions) {
    this.#options = options
  }

  /** Resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const {isConnected, onUp, onAway} = this.#options
    while (!signal.aborted) {
      const isHeard = isConnected() && (await this.#ask(signal))
      if (signal.aborted) return
      const silentMs = performance.now() - this.#heardAt
      if (isHeard) onUp()
      else if (!isConnected() || silentMs >= SILENT_MS) onAway(silentMs)
      await sleep(EVERY_MS, signal).catch(() => undefined)
    }
  }

  /** False where no answer came for as long as it takes to be called away. */
  async #ask(signal: AbortSignal): Promise<boolean> {
    let isHeard = false
    this.#pending ??= this.#beat()
    const heard = this.#pending.then((answered) => {
      isHeard = answered
    })
    await withTimeout(SILENT_MS, signal, (late) => orAborted(late, heard))
    return isHeard
  }

  /** One at a time: to somebody who is frozen they would pile up. */
  async #beat(): Promise<boolean> {
    try {
      await this.#options.beat()
      this.#heardAt = performance.now()
      return true
    } catch {
      // The connection broke: that it is gone is seen by `isConnected`.
      return false
    } finally {
      this.#pending = undefined
    }
  }
}
