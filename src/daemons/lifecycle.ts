import {isAbortOf} from '../lib/async/abort.js'

/** Closes one thing; `deadline` is aborted when there is no more time for grace. */
export type Close = (deadline: AbortSignal) => Promise<void> | void

export interface CloseFailure {
  readonly name: string
  readonly error: unknown
}

/**
 * What a daemon has open, and the order in which it is given back: the last opened is closed first. Knows
 * nothing of the process, its signals or its exit code.
 */
export class Lifecycle {
  readonly #stop = new AbortController()
  readonly #opened: Array<{readonly name: string; readonly close: Close}> = []
  readonly #failed = Promise.withResolvers<unknown>()
  #starting: Promise<void> | undefined

  /** Aborted when the daemon shall stop: fetch nothing more, settle what is in flight. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Resolves to the error of the first background task that fails, or that ends without being told to. */
  get failed(): Promise<unknown> {
    return this.#failed.promise
  }

  /** The names of what is not closed yet, the next to be closed first. */
  get open(): string[] {
    const names = this.#opened.map(({name}) => name).reverse()
    return this.#starting ? ['start', ...names] : names
  }

  /** Runs the start; `close` waits for it, since it may still open something. */
  async start(start: () => Promise<void>): Promise<void> {
    const starting = start()
    this.#starting = starting
    try {
      await starting
    } finally {
      this.#starting = undefined
    }
  }

  /** Registers how to close what was just opened. */
  defer(name: string, close: Close): void {
    this.#opened.push({name, close})
  }

  /** Starts an endless task; it ends by the signal, and is waited for when its turn to be closed comes. */
  background(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    const settled = this.#supervise(name, task)
    this.defer(name, () => settled)
  }

  /**
   * Tells everything to stop, then closes all that was opened, one after the other. What fails to close does
   * not keep the rest from being closed: it comes back as a failure.
   */
  async close(deadline: AbortSignal): Promise<CloseFailure[]> {
    this.#stop.abort(new DOMException('the daemon is stopping', 'AbortError'))
    // Its error belongs to whoever called start.
    await this.#starting?.catch(() => {})
    const failures: CloseFailure[] = []
    for (let last = this.#opened.at(-1); last; last = this.#opened.at(-1)) {
      try {
        await last.close(deadline)
      } catch (error) {
        failures.push({name: last.name, error})
      }
      this.#opened.splice(this.#opened.indexOf(last), 1)
    }
    return failures
  }

  async #supervise(name: string, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await task(this.signal)
      if (!this.signal.aborted) this.#failed.resolve(new Error(`${name} ended although nothing told it to`))
    } catch (error) {
      if (!isAbortOf(this.signal, error)) this.#failed.resolve(error)
    }
  }
}
