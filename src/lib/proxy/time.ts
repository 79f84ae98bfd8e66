/** Waits for `work`, but not longer than `ms` milliseconds. `work` goes on. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  try {
    await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** A time limit that begins later: `over` rejects `ms` milliseconds after `start`. */
export class Countdown {
  readonly #ms: number
  readonly #error: () => Error
  readonly #over = Promise.withResolvers<never>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(ms: number, error: () => Error) {
    this.#ms = ms
    this.#error = error
  }

  get over(): Promise<never> {
    return this.#over.promise
  }

  start(): void {
    if (this.#stopped) return
    this.#timer ??= setTimeout(() => this.#over.reject(this.#error()), this.#ms)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }
}
