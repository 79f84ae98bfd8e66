import {join} from 'node:path'
import {HelperProcess} from './helper-process.js'

/** What a process of the fleet is told. */
export type FleetOrder = {do: 'start'; configFile: string; names: readonly string[]} | {do: 'stop'}

/** So many share a process: a Node of its own for each would take more memory than most machines have. */
const IN_A_PROCESS = 10

interface Ship {
  helper: HelperProcess<FleetOrder>
  names: readonly string[]
}

export interface FleetOptions {
  /** Of a real syncer of the system, whose broker and keys are theirs as well. */
  configFile: string
  /** For the log. */
  dir: string
}

/** Simulated secondaries, `sim1` to as many as are wanted at the moment. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #ships: Ship[] = []

  constructor(options: FleetOptions) {
    this.#options = options
  }

  get names(): string[] {
    return this.#ships.flatMap(({names}) => names)
  }

  get pids(): number[] {
    return this.#ships.map(({helper}) => helper.pid)
  }

  /** Those that were stopped are returned: the broker still knows them. */
  async resize(size: number, signal: AbortSignal): Promise<string[]> {
    const stopped: string[] = []
    while (this.names.length > size) stopped.push(...(await this.#stopLast(signal)))
    while (this.names.length < size) await this.#startNext(size, signal)
    return stopped
  }

  /** Leaves no process, whatever they were doing. */
  async close(): Promise<void> {
    await Promise.all(this.#ships.splice(0).map(({helper}) => helper.end()))
  }

  async #startNext(size: number, signal: AbortSignal): Promise<void> {
    const {configFile, dir} = this.#options
    const first = this.names.length
    const count = Math.min(IN_A_PROCESS, size - first)
    const names = Array.from({length: count}, (_, i) => `sim${first + i + 1}`)
    const helper = await HelperProcess.start<FleetOrder>('fleet-process.ts', join(dir, 'fleet.log'))
    this.#ships.push({helper, names})
    await helper.order({do: 'start', configFile, names}, signal)
  }

  async #stopLast(signal: AbortSignal): Promise<readonly string[]> {
    const last = this.#ships.at(-1)
    if (!last) return []
    await last.helper.order({do: 'stop'}, signal)
    await last.helper.end()
    this.#ships.pop()
    return last.names
  }
}
