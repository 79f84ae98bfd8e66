/** systemd reads as soon as it can; its queue is short. */
const AGAIN_AFTER_MS = 100

/** What is told, by the names of sd_notify(3). */
export type Notice = Readonly<Record<string, string>>

/** The message that tells it: a line for each. */
export function messageOf(notice: Notice): string {
  return Object.entries(notice)
    .map(([name, value]) => `${name}=${value.replaceAll('\n', ' ')}`)
    .join('\n')
}

/**
 * Writes messages to a socket that does not block. What finds its queue full is told a moment later, together with what came
 * meanwhile; any other error is told once, and ends the channel.
 */
export class NotifyChannel {
  readonly #write: (message: string) => void
  readonly #onLost: (error: unknown) => void
  #untold: Notice = {}
  #again: NodeJS.Timeout | undefined
  #closed = false

  constructor(write: (message: string) => void, onLost: (error: unknown) => void) {
    this.#write = write
    this.#onLost = onLost
  }

  tell(notice: Notice): void {
    if (this.#closed) return
    this.#untold = {...this.#untold, ...notice}
    if (this.#again === undefined) this.#flush()
  }

  close(): void {
    clearTimeout(this.#again)
    this.#closed = true
  }

  #flush(): void {
    this.#again = undefined
    try {
      this.#write(messageOf(this.#untold))
      this.#untold = {}
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
      this.#again = setTimeout(() => this.#flush(), AGAIN_AFTER_MS)
      return
    }
    this.close()
    this.#onLost(error)
  }
}
