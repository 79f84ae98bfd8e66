import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PortPicker} from '../../src/lib/lab/ports.js'
import {eventually} from './eventually.js'

/** A real nats-server with JetStream on a free loopback port, in a directory of its own. */
export class NatsProcess implements AsyncDisposable {
  readonly url: string
  readonly #directory: string
  readonly #port: number
  #configuration: string | undefined
  #child: ChildProcess | undefined

  private constructor(directory: string, port: number) {
    this.#directory = directory
    this.#port = port
    this.url = `nats://127.0.0.1:${port}`
  }

  /** `configuration` is written as in nats-server's own file. */
  static async start(configuration?: string): Promise<NatsProcess> {
    const nats = await NatsProcess.reserve()
    nats.#configuration = configuration
    await nats.start()
    return nats
  }

  /** Its address is known, but nothing runs. */
  static async reserve(): Promise<NatsProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'pdist-nats-'))
    return new NatsProcess(directory, await new PortPicker('127.0.0.1').next())
  }

  /** Does nothing where it runs. */
  async start(): Promise<void> {
    if (this.#child) return
    const args = ['-a', '127.0.0.1', '-p', String(this.#port), '-js', '-sd', this.#directory]
    if (this.#configuration !== undefined) {
      const file = join(this.#directory, 'nats.conf')
      await writeFile(file, this.#configuration)
      args.push('-c', file)
    }
    this.#child = spawn('nats-server', args, {stdio: 'ignore'})
    await eventually(() => this.#answers(), 15_000)
  }

  /** As a power failure would end it. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** Ends it and starts it again, with an empty store if so wished. */
  async restart({wiped = false} = {}): Promise<void> {
    await this.kill()
    if (wiped) await rm(join(this.#directory, 'jetstream'), {recursive: true, force: true})
    await this.start()
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#directory, {recursive: true, force: true})
  }

  #answers(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1')
      socket.once('error', reject)
      socket.once('data', () => {
        socket.destroy()
        resolve()
      })
    })
  }
}
