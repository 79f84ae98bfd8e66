import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {PortPicker} from '../../src/lib/lab/ports.js'
import {ROOT} from './pdist.js'

type Entry = Record<string, unknown>

/** A daemon beside those of the lab, with the configuration of one of them except for what `env` says. */
export class ExtraDaemon implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #metricsPort: number
  readonly #closed: Promise<unknown[]>
  #stdout = ''
  #stderr = ''

  private constructor(child: ChildProcess, metricsPort: number) {
    this.#child = child
    this.#metricsPort = metricsPort
    this.#closed = once(child, 'close')
    child.stdout?.on('data', (data) => {
      this.#stdout += data
    })
    child.stderr?.on('data', (data) => {
      this.#stderr += data
    })
  }

  static async start(
    role: string,
    configFile: string,
    env: Record<string, string> = {},
  ): Promise<ExtraDaemon> {
    const port = await new PortPicker('127.0.0.1').next()
    const child = spawn(process.execPath, [`${ROOT}bin/pdist.js`, 'daemon', role, '--config', configFile], {
      env: {...process.env, PDIST_EXIT_WITH_PARENT: '1', PDIST_METRICS_LISTEN: `127.0.0.1:${port}`, ...env},
    })
    return new ExtraDaemon(child, port)
  }

  get log(): Entry[] {
    const lines = this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1).split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry)
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  entries(event: string): Entry[] {
    return this.log.filter((entry) => entry.event === event)
  }

  /** The sum of the samples whose line begins with `series`. */
  async metric(series: string): Promise<number> {
    const url = `http://127.0.0.1:${this.#metricsPort}/metrics`
    const text = await (await fetch(url, {headers: {connection: 'close'}})).text()
    const lines = text.split('\n').filter((line) => line.startsWith(series))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  /** The status of `/readyz`. */
  async ready(): Promise<number> {
    const url = `http://127.0.0.1:${this.#metricsPort}/readyz`
    return (await fetch(url, {headers: {connection: 'close'}})).status
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** The exit code, or the signal that ended it. */
  async exit(): Promise<unknown> {
    const [code, signal] = await this.#closed
    return code ?? signal
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }
}
