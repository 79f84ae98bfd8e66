/**
 * Serial per key, parallel across keys, at most `concurrency` tasks at once: the one piece through which
 * all work on zones goes. Tasks of one key run in the order in which they were added; keys take turns.
 */
export class KeyedQueue<K> {
  readonly #concurrency: number
  readonly #waiting = new Map<K, Array<() => Promise<void>>>()
  readonly #busy = new Set<K>()
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
    let count = 0
    for (const tasks of this.#waiting.values()) count += tasks.length
    return count
  }

  /** Resolves or rejects as `task` does. */
  add<T>(key: K, task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const tasks = this.#waiting.get(key) ?? []
      tasks.push(() => task().then(resolve, reject))
      this.#waiting.set(key, tasks)
      this.#pump()
    })
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    if (this.#busy.size === 0 && this.#waiting.size === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #pump(): void {
    if (this.#busy.size >= this.#concurrency) return
    for (const [key, tasks] of this.#waiting) {
      if (this.#busy.has(key)) continue
      const task = tasks.shift()
      this.#waiting.delete(key)
      // Back to the end of the line: a zone with many tasks does not starve the others.
      if (tasks.length > 0) this.#waiting.set(key, tasks)
      if (task) this.#start(key, task)
      if (this.#busy.size >= this.#concurrency) return
    }
  }

  #start(key: K, task: () => Promise<void>): void {
    this.#busy.add(key)
    task().finally(() => {
      this.#busy.delete(key)
      this.#pump()
      if (this.#busy.size === 0 && this.#waiting.size === 0) {
        for (const resolve of this.#idle.splice(0)) resolve()
      }
    })
  }
}
