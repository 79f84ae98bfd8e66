import {setTimeout as pause} from 'node:timers/promises'
import type {ApiClient} from './api-client.js'

/** One zone after another, as fast as the API answers: a lost change is a missing zone. */
export class ZoneStream {
  readonly #api: ApiClient
  readonly #label: string
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #created = 0

  /** Begins at once. A call that fails is let be: only the primary knows whether it was taken. */
  constructor(api: ApiClient, label: string) {
    this.#api = api
    this.#label = label
    this.#running = this.#run()
  }

  /** How many zones the API has confirmed. */
  get created(): number {
    return this.#created
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    for (let i = 0; !this.#stop.signal.aborted; i++) {
      const call = this.#api.createZone(`zone-${i}.${this.#label}.example.`)
      await call.then(
        () => this.#created++,
        // Whoever is asked may be dead for a second: no need to ask ten thousand times.
        () => pause(10),
      )
    }
  }
}
