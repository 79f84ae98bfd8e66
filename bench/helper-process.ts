import {type ChildProcess, fork} from 'node:child_process'
import {once} from 'node:events'
import {open} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'

const END_WITHIN_MS = 2000

type Answer = {done: true} | {failed: string}

/** A process that does what it is told, one order after the other, and ends when this one does. */
export class HelperProcess<Order extends object> {
  readonly #process: ChildProcess

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN
  }

  /** `program`: a file of this folder that calls `obey`. What it says is appended to the log. */
  static async start<Order extends object>(program: string, logFile: string): Promise<HelperProcess<Order>> {
    const log = await open(logFile, 'a', 0o600)
    try {
      const file = fileURLToPath(new URL(program, import.meta.url))
      return new HelperProcess<Order>(fork(file, {stdio: ['ignore', log.fd, log.fd, 'ipc']}))
    } finally {
      await log.close()
    }
  }

  /** Rejects where it cannot be done, or the process ends meanwhile. */
  async order(order: Order, signal?: AbortSignal): Promise<void> {
    const ended = new AbortController()
    const onExit = () => ended.abort(new Error('a helper process ended'))
    this.#process.once('exit', onExit)
    try {
      const either = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
      either.throwIfAborted()
      this.#process.send(order)
      const [answer] = (await once(this.#process, 'message', {signal: either})) as [Answer]
      if ('failed' in answer) throw new Error(`a helper process failed: ${answer.failed}`)
    } finally {
      this.#process.off('exit', onExit)
    }
  }

  /** Leaves no process, whatever it is doing. */
  async end(): Promise<void> {
    const {exitCode, signalCode, connected} = this.#process
    if (exitCode !== null || signalCode !== null) return
    const gone = once(this.#process, 'exit')
    const late = setTimeout(() => this.#process.kill('SIGKILL'), END_WITHIN_MS)
    if (connected) this.#process.disconnect()
    await gone
    clearTimeout(late)
  }
}

/** Makes this process do what the one that started it says, and end with it. */
export function obey<Order extends object>(perform: (order: Order) => Promise<void>): void {
  process.on('message', (order: Order) => {
    perform(order).then(
      () => process.send?.({done: true}),
      (error: unknown) => process.send?.({failed: error instanceof Error ? error.message : String(error)}),
    )
  })
  process.once('disconnect', () => process.exit(0))
  // A terminal sends it to all; who started this process ends it.
  process.on('SIGINT', () => undefined)
}
