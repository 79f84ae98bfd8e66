import {Fifo} from './fifo.js'

type Task = () => Promise<void>

/**
 * Serial per key, parallel across keys, at most `concurrency` tasks at once: the one piece through which
 * all work on zones goes. Tasks of one key run in the order in which they were added; keys take turns.
 */
export class KeyedQueue<K> {
  readonly #concurrency: number
  readonly #waiting = new Map<K, Fifo<Task>>()
  /** Keys that have a task waiting and none running, in the order of their turns. */
  readonly #ready = new Fifo<K>()
  readonly #busy = new Set<K>()
  #queued = 0
  #idle: Array<() => void> = []

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  /** Keys that have a task running. */
  get running(): number {
    return this.#busy.size
  }

  /** Tasks that have not started. */
  get queued(): number {
    return this.#queued
  }

  /** Resolves or rejects as `task` does. */
  add<T>(key: K, task: () => Promise<T>): Promise<T> {
    const {promise, resolve, reject} = Promise.withResolvers<T>()
    // An async function, so that a task that throws instead of rejecting does no harm either.
    this.#enqueue(key, async () => {
      try {
        resolve(await task())
      } catch (error) {
        reject(error)
      }
    })
    return promise
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    if (this.#busy.size === 0 && this.#queued === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #enqueue(key: K, task: Task): void {
    const tasks = this.#waiting.get(key)
    if (tasks) tasks.push(task)
    else {
      const first = new Fifo<Task>()
      first.push(task)
      this.#waiting.set(key, first)
      if (!this.#busy.has(key)) this.#ready.push(key)
    }
    this.#queued++
    this.#pump()
  }

  #pump(): void {
    while (this.#busy.size < this.#concurrency && this.#ready.length > 0) {
      const key = this.#ready.shift() as K
      const tasks = this.#waiting.get(key)
      const task = tasks?.shift()
      if (tasks?.length === 0) this.#waiting.delete(key)
      if (task) void this.#run(key, task)
    }
  }

  async #run(key: K, task: Task): Promise<void> {
    this.#busy.add(key)
    this.#queued--
    await task()
    this.#busy.delete(key)
    // Back to the end of the line: a zone with many tasks does not starve the others.
    if (this.#waiting.has(key)) this.#ready.push(key)
    this.#pump()
    if (this.#busy.size === 0 && this.#queued === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }
}
