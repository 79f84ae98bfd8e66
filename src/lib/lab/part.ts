import {readFile} from 'node:fs/promises'
import {isAbortOf, sleep, withTimeout} from '../async/abort.js'
import {reportOf} from '../errors.js'
import {Child, type ChildSpec, type ExitStatus} from './child.js'
import {PartStartError} from './errors.js'
import type {Probe} from './probes.js'

/** What happens to a part, for whoever watches the lab. */
export type PartEvent =
  | {event: 'ready'; part: string; pid: number; ms: number}
  | {event: 'died'; part: string; pid: number; status: ExitStatus}
  | {event: 'restarted'; part: string; pid: number; ms: number}
  | {event: 'failed'; part: string; reason: string}
  | {event: 'stopped'; part: string; pid: number}

export interface PartSpec extends ChildSpec {
  name: string
  /** True once the part does its work. */
  ready: Probe
  /** Milliseconds that a start may take. */
  readyWithinMs: number
  /** Milliseconds from SIGTERM to SIGKILL. */
  stopWithinMs: number
}

export interface PartOptions {
  /** Milliseconds after which a part that died is started again; undefined: it stays dead. */
  restartAfterMs: number | undefined
  report(event: PartEvent): void
  /** Called whenever the pid has changed. */
  changed(): void
}

const PROBE_EVERY_MS = 15
const TAIL_LINES = 20
const TAIL_BYTES = 8192

/** One supervised process of the lab: started when ready, restarted when it dies, stopped without a trace. */
export class Part {
  readonly #spec: PartSpec
  readonly #options: PartOptions
  #child: Child | undefined
  #life = new AbortController()
  #supervision: Promise<void> | undefined

  constructor(spec: PartSpec, options: PartOptions) {
    this.#spec = spec
    this.#options = options
  }

  get name(): string {
    return this.#spec.name
  }

  /** Undefined while it is not running. */
  get pid(): number | undefined {
    return this.#child?.running ? this.#child.pid : undefined
  }

  /**
   * Resolves when it is ready; does nothing where it runs already. Rejects with PartStartError, or with the signal's
   * reason; nothing runs then.
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#supervision) return
    this.#life = new AbortController()
    const life = this.#life.signal
    const began = performance.now()
    const launch = this.#launch(signal ? AbortSignal.any([signal, life]) : life)
    this.#supervision = launch.then(
      (child) => this.#supervise(child, life),
      () => this.#abandon(), // its error is thrown below
    )
    this.#report('ready', await launch, began)
  }

  /** Stops it for good, or until `start` is called. Harmless where it does not run. */
  async stop(): Promise<void> {
    this.#life.abort()
    const child = this.#child
    if (child?.running) {
      await child.terminate(this.#spec.stopWithinMs)
      this.#options.report({event: 'stopped', part: this.name, pid: child.pid})
    }
    await this.#supervision
  }

  /** As an accident would end it: it is restarted, unless the lab does not restart. Resolves when that process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (!child?.running) return
    child.signal(signal)
    await child.exited
  }

  /** Sends a signal that need not end it, say SIGSTOP. */
  signal(name: NodeJS.Signals): void {
    this.#child?.signal(name)
  }

  async #launch(signal: AbortSignal): Promise<Child> {
    signal.throwIfAborted()
    const child = await Child.spawn(this.#spec)
    this.#child = child
    this.#options.changed()
    try {
      await this.#untilReady(child, signal)
      return child
    } catch (error) {
      if (child.running) await child.terminate(this.#spec.stopWithinMs)
      this.#options.changed()
      throw error
    }
  }

  async #untilReady(child: Child, signal: AbortSignal): Promise<void> {
    const gone = new AbortController()
    void child.exited.then((status) => gone.abort(describe(status)))
    const either = AbortSignal.any([signal, gone.signal])
    try {
      await withTimeout(this.#spec.readyWithinMs, either, async (inTime) => {
        while (!(await this.#spec.ready(inTime))) await sleep(PROBE_EVERY_MS, inTime)
      })
    } catch (error) {
      signal.throwIfAborted()
      if (gone.signal.aborted) throw await this.#failure(`ended before it was ready (${gone.signal.reason})`)
      if (error instanceof DOMException && error.name === 'TimeoutError') {
        throw await this.#failure(`was not ready within ${this.#spec.readyWithinMs / 1000} s`)
      }
      throw error
    }
  }

  async #failure(reason: string): Promise<PartStartError> {
    const log = await readFile(this.#spec.logFile, 'utf8')
    const tail = log.slice(-TAIL_BYTES).trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
    return new PartStartError(this.name, reason, tail, this.#spec.logFile)
  }

  async #supervise(first: Child, life: AbortSignal): Promise<void> {
    const {restartAfterMs, report, changed} = this.#options
    let child: Child | undefined = first
    while (child) {
      const status = await child.exited
      changed()
      if (life.aborted) break
      report({event: 'died', part: this.name, pid: child.pid, status})
      if (restartAfterMs === undefined) break
      child = await this.#revive(restartAfterMs, life)
    }
    this.#abandon()
  }

  #abandon(): void {
    this.#supervision = undefined
  }

  /** Tries until it is ready again; undefined where it was stopped meanwhile. */
  async #revive(afterMs: number, life: AbortSignal): Promise<Child | undefined> {
    for (;;) {
      const began = performance.now()
      try {
        await sleep(afterMs, life)
        const child = await this.#launch(life)
        this.#report('restarted', child, began)
        return child
      } catch (error) {
        if (isAbortOf(life, error)) return undefined
        this.#options.report({event: 'failed', part: this.name, reason: reportOf(error).message})
      }
    }
  }

  #report(event: 'ready' | 'restarted', child: Child, began: number): void {
    this.#options.report({event, part: this.name, pid: child.pid, ms: Math.round(performance.now() - began)})
  }
}

function describe({code, signal}: ExitStatus): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`
}
