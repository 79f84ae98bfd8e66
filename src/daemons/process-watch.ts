/** Why a daemon has to end, seen from outside of it. */
export type Interruption =
  | {readonly why: 'SIGTERM' | 'SIGINT'}
  /** Standard input was closed, and PDIST_EXIT_WITH_PARENT says that this means the parent is gone. */
  | {readonly why: 'orphaned'}
  /** An error that nobody handled: the state of the process is unknown. */
  | {readonly why: 'crash'; readonly error: unknown}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Watches this process for reasons to end; gives everything back when disposed of. */
export class ProcessWatch {
  readonly #first = Promise.withResolvers<Interruption>()
  readonly #forced = Promise.withResolvers<Interruption>()
  readonly #release: Array<() => void> = []
  #signals = 0

  constructor(environment: NodeJS.ProcessEnv = process.env) {
    // A daemon that waits for something outside of it may have nothing open that keeps the process going.
    const alive = setInterval(() => {}, 2 ** 30)
    this.#release.push(() => clearInterval(alive))
    for (const signal of SIGNALS) this.#on(process, signal, () => this.#signalled(signal))
    const crashed = (error: unknown) => this.#crashed(error)
    this.#on(process, 'uncaughtException', crashed)
    this.#on(process, 'unhandledRejection', crashed)
    if (environment.PDIST_EXIT_WITH_PARENT === '1') this.#watchParent()
  }

  /** The first reason to end. */
  get first(): Promise<Interruption> {
    return this.#first.promise
  }

  /** A reason not to wait for a graceful end: a second signal, or a crash. */
  get forced(): Promise<Interruption> {
    return this.#forced.promise
  }

  [Symbol.dispose](): void {
    for (const release of this.#release.splice(0)) release()
  }

  #signalled(why: 'SIGTERM' | 'SIGINT'): void {
    this.#signals += 1
    if (this.#signals === 1) this.#first.resolve({why})
    else this.#forced.resolve({why})
  }

  #crashed(error: unknown): void {
    this.#first.resolve({why: 'crash', error})
    this.#forced.resolve({why: 'crash', error})
  }

  #watchParent(): void {
    const orphaned = () => this.#first.resolve({why: 'orphaned'})
    for (const event of ['end', 'close', 'error']) this.#on(process.stdin, event, orphaned)
    process.stdin.resume()
    this.#release.push(() => process.stdin.pause())
  }

  #on(emitter: NodeJS.EventEmitter, event: string, listener: (argument: unknown) => void): void {
    emitter.on(event, listener)
    this.#release.push(() => emitter.off(event, listener))
  }
}
