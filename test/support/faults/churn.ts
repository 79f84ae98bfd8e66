import {setTimeout as pause} from 'node:timers/promises'
import {type ApiAnswer, type ApiClient, type RRset, rrset, zonePath} from '../api-client.js'
import {eventually} from '../eventually.js'
import type {History} from './history.js'
import {randomOf} from './random.js'

interface ChurnZone {
  name: string
  signed: boolean
  /** Unknown after a call that failed. */
  exists: boolean | 'unknown'
  busy: boolean
}

export interface ChurnOptions {
  /** The way in for changes. */
  api: ApiClient
  history: History
  /** Decides which zone is changed next, and how. */
  seed: number
}

const ZONES = 20
const EVERY_MS = 100
const DELETED_SHARE = 0.08
const HOSTS = 5

/**
 * Ten changes a second over twenty zones: zones come, change and go, one of them signed. Each change sets two counters, so
 * that a server shows at any time which change it has, and whether it has all of it.
 */
export class Churn {
  readonly zones: readonly string[]
  readonly #options: ChurnOptions
  readonly #zones: readonly ChurnZone[]
  readonly #random: () => number
  #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** Calls that were accepted. */
  changes = 0
  /** Calls that were not answered, or with 5xx. */
  failures = 0

  constructor(options: ChurnOptions) {
    this.#options = options
    this.#random = randomOf(options.seed)
    this.#zones = Array.from({length: ZONES}, (_, i) => ({
      name: `churn-${i}.example.`,
      signed: i === 0,
      exists: false,
      busy: false,
    }))
    this.zones = this.#zones.map(({name}) => name)
  }

  /** Makes the zones that are not there. */
  async fill(): Promise<void> {
    await this.#decided()
    for (const zone of this.#zones) {
      await eventually(async () => {
        if (zone.exists !== true) await this.#act(zone, zone.exists === 'unknown' ? 'delete' : 'create')
        if (zone.exists !== true) throw new Error(`${zone.name} cannot be created`)
      })
    }
  }

  start(): void {
    this.#stopping = new AbortController()
    this.#running = this.#run(this.#stopping.signal)
  }

  /** Resolves when every call has its answer, and every zone whose fate was unknown is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#decided()
  }

  /** So many changes of one zone, one after the other. */
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
      const call = this.#change()
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

  async #act(zone: ChurnZone, what: 'create' | 'change' | 'delete'): Promise<void> {
    const {history, api} = this.#options
    const number = history.note(zone.name, what === 'delete' ? 'gone' : 'set')
    const answer = await api.send(...callFor(zone, what, number)).catch(() => undefined)
    if (isAccepted(what, answer)) {
      this.changes++
      zone.exists = what !== 'delete'
      return
    }
    history.failed(number)
    this.failures++
    if (answer?.status === 404) zone.exists = false
    else if (what !== 'change') zone.exists = 'unknown'
  }

  async #decided(): Promise<void> {
    for (const zone of this.#zones) {
      await eventually(async () => {
        if (zone.exists === 'unknown') await this.#act(zone, 'delete')
        if (zone.exists === 'unknown') throw new Error(`${zone.name} cannot be deleted`)
      })
    }
  }
}

function nextFor({exists}: ChurnZone, chance: number): 'create' | 'change' | 'delete' {
  if (exists === 'unknown') return 'delete'
  if (!exists) return 'create'
  return chance < DELETED_SHARE ? 'delete' : 'change'
}

function callFor(
  {name, signed}: ChurnZone,
  what: 'create' | 'change' | 'delete',
  number: number,
): Parameters<ApiClient['send']> {
  if (what === 'delete') return ['DELETE', zonePath(name)]
  if (what === 'change') return ['PATCH', zonePath(name), {rrsets: changesOf(name, number)}]
  const dnssec = signed ? {dnssec: true, nsec3param: '1 0 0 -', api_rectify: true} : {}
  const zone = {name, kind: 'Native', nameservers: [`ns1.${name}`], rrsets: countersOf(name, number)}
  return ['POST', '/zones?rrsets=false', {...zone, ...dnssec}]
}

function countersOf(zone: string, number: number): RRset[] {
  return ['counter', 'twin'].map((label) => rrset(`${label}.${zone}`, 'TXT', `"${number}"`))
}

/** Both counters, and a host that comes, moves or goes. */
function changesOf(zone: string, number: number): Array<RRset & {changetype: string}> {
  const host = rrset(`host-${number % HOSTS}.${zone}`, 'A', `192.0.2.${number % 256}`)
  return [
    ...countersOf(zone, number).map((counter) => ({...counter, changetype: 'REPLACE'})),
    {...host, changetype: number % 3 === 0 ? 'DELETE' : 'REPLACE'},
  ]
}

function isAccepted(what: 'create' | 'change' | 'delete', answer: ApiAnswer | undefined): boolean {
  if (!answer) return false
  return (answer.status >= 200 && answer.status < 300) || (what === 'delete' && answer.status === 404)
}
