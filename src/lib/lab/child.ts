import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {open} from 'node:fs/promises'
import {withTimeout} from '../async/abort.js'

export interface ChildSpec {
  command: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  /** stdout and stderr are appended to it. */
  logFile: string
  /** util-linux's setpriv: the kernel then kills the child when this process dies, however it dies. */
  setpriv?: string | undefined
  /** Gives the child a pipe as stdin, which closes when this process dies. */
  tied?: boolean
}

export interface ExitStatus {
  code: number | null
  signal: NodeJS.Signals | null
}

/** One child process, from its start to its end. */
export class Child {
  /** Resolves when the process is gone. */
  readonly exited: Promise<ExitStatus>
  readonly #process: ChildProcess

  private constructor(process: ChildProcess) {
    this.#process = process
    this.exited = new Promise((resolve) => {
      process.once('exit', (code, signal) => resolve({code, signal}))
    })
  }

  /** Rejects where the command cannot be executed. */
  static async spawn(spec: ChildSpec): Promise<Child> {
    const log = await open(spec.logFile, 'a', 0o600)
    try {
      const [command, args] = spec.setpriv
        ? [spec.setpriv, ['--pdeathsig', 'KILL', '--', spec.command, ...spec.args]]
        : [spec.command, [...spec.args]]
      const process = spawn(command, args, {
        env: environment(spec.env),
        stdio: [spec.tied ? 'pipe' : 'ignore', log.fd, log.fd],
        // A session of its own: Ctrl-C in a terminal then reaches us alone, and we stop the parts in order.
        detached: true,
      })
      const child = new Child(process)
      await once(process, 'spawn')
      return child
    } finally {
      await log.close()
    }
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** SIGTERM, and SIGKILL to all that it started where it is still there after `ms` milliseconds. */
  async terminate(ms: number): Promise<ExitStatus> {
    this.signal('SIGTERM')
    // A part that is stopped by SIGSTOP hears SIGTERM only then.
    this.signal('SIGCONT')
    const gone = await withTimeout(ms, undefined, (late) => Promise.race([this.exited, abortOf(late)]))
    if (gone) return gone
    if (this.running) process.kill(-this.pid, 'SIGKILL')
    return await this.exited
  }
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), {once: true}))
}

/** Ours without what configures pdist and systemd's notify socket: a lab depends on nothing outside of it. */
function environment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PDIST_') && name !== 'NOTIFY_SOCKET',
  )
  return {...Object.fromEntries(inherited), ...added}
}
