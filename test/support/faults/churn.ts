import {setTimeout as pause} from 'node:timers/promises'
import {type ApiClient, zonePath} from '../api-client.js'
import {eventually} from '../eventually.js'
import {type Act, type ChurnZone, callFor, learn, newZone, nextFor} from './churn-zone.js'
import type {History} from './history.js'
import {randomOf} from './random.js'

export interface ChurnOptions {
  /** The way in for changes. */
  api: ApiClient
  history: History
  /** Decides which zone is changed next, and how. */
  seed: number
}

const ZONES = 20
const EVERY_MS = 100
/** Every so many changes, one of a zone that is then let alone. */
const LONE_EVERY = 5

/**
 * Ten changes a second: twenty zones come, change and go, one of them signed. Each change sets two counters, so that a server
 * shows at any time which change it has, and whether it has all of it.
 *
 * A change that is lost does not show in a zone that is changed again. So a fifth of the changes is of *lone* zones: each is
 * created, changed or deleted once, and never touched again.
 */
export class Churn {
  readonly zones: readonly string[]
  readonly #options: ChurnOptions
  readonly #zones = Array.from({length: ZONES}, (_, i) => newZone(`churn-${i}.example.`, {signed: i === 0}))
  /** Created, and to be changed or deleted once. */
  #lone: ChurnZone[] = []
  /** Lone zones of which nobody knows whether they are there, and whole. */
  #doubtful: ChurnZone[] = []
  readonly #random: () => number
  #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** Calls that were accepted. */
  changes = 0
  /** Calls that were not answered, or with an error. */
  failures = 0

  constructor(options: ChurnOptions) {
    this.#options = options
    this.#random = randomOf(options.seed)
    this.zones = this.#zones.map(({name}) => name)
  }

  /** Makes those of the twenty zones that are not there. */
  async fill(): Promise<void> {
    for (const zone of this.#zones) {
      await eventually(async () => {
        if (zone.exists !== true) await this.#act(zone, nextFor(zone, 1))
        if (zone.exists !== true) throw new Error(`${zone.name} cannot be created`)
      })
    }
  }

  start(): void {
    this.#stopping = new AbortController()
    this.#running = this.#run(this.#stopping.signal)
  }

  /** Resolves when every call has its answer, and no zone is left half made by a call that failed. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    for (const zone of this.#zones) {
      if (zone.exists === 'unknown') await this.#surelyDelete(zone)
    }
    for (const zone of this.#doubtful.splice(0)) {
      if (await this.#isHalfMade(zone)) await this.#surelyDelete(zone)
    }
  }

  /** Makes no more changes, and waits for nothing: the system is not used any more. */
  abandon(): void {
    this.#stopping.abort()
  }

  /** So many changes of one of the twenty, one after the other. */
  async hammer(name: string, times: number): Promise<void> {
    const zone = this.#zones.find((each) => each.name === name)
    if (!zone) throw new Error(`${name} is no zone of the churn`)
    await eventually(() => {
      if (zone.busy) throw new Error(`${name} is busy`)
      zone.busy = true
    })
    try {
      for (let i = 0; i < times; i++) await this.#act(zone, nextFor(zone, 1))
    } finally {
      zone.busy = false
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const calls = new Set<Promise<void>>()
    const began = performance.now()
    for (let tick = 1; !signal.aborted; tick++) {
      const call = tick % LONE_EVERY === 0 ? this.#changeLone() : this.#change()
      calls.add(call)
      void call.finally(() => calls.delete(call))
      await pause(Math.max(0, began + tick * EVERY_MS - performance.now()))
    }
    await Promise.all(calls)
  }

  /** Where all zones wait for an answer there is no change. */
  async #change(): Promise<void> {
    const first = Math.floor(this.#random() * ZONES)
    const chance = this.#random()
    const inTurn = this.#zones.map((_, i) => this.#zones[(first + i) % ZONES])
    const zone = inTurn.find((each) => each && !each.busy)
    if (!zone) return
    zone.busy = true
    try {
      await this.#act(zone, nextFor(zone, chance))
    } finally {
      zone.busy = false
    }
  }

  async #changeLone(): Promise<void> {
    const known = this.#random() < 0.5 ? this.#lone.shift() : undefined
    const zone = known ?? newZone(`lone-${this.#options.history.length}.example.`)
    await this.#act(zone, known ? (this.#random() < 0.5 ? 'delete' : 'change') : 'create')
    if (zone.exists === 'unknown') this.#doubtful.push(zone)
    else if (!known && zone.exists) this.#lone.push(zone)
  }

  async #act(zone: ChurnZone, what: Act): Promise<void> {
    const {history, api} = this.#options
    const number = history.note(zone.name, what === 'delete' ? 'gone' : 'set')
    const answer = await api.send(...callFor(zone, what, number)).catch(() => undefined)
    if (learn(zone, what, answer)) this.changes++
    else {
      history.failed(number)
      this.failures++
    }
  }

  async #surelyDelete(zone: ChurnZone): Promise<void> {
    await eventually(async () => {
      await this.#act(zone, 'delete')
      if (zone.exists !== false) throw new Error(`${zone.name} cannot be deleted`)
    })
  }

  /** PowerDNS makes a zone first, and then its records. */
  #isHalfMade({name}: ChurnZone): Promise<boolean> {
    return eventually(async () => {
      const {status, text} = await this.#options.api.send('GET', zonePath(name))
      if (status === 404) return false
      if (status !== 200) throw new Error(`${name}: ${status} ${text}`)
      return !text.includes('"SOA"')
    })
  }
}
