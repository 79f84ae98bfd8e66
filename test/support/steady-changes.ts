import {setTimeout as pause} from 'node:timers/promises'
import {expect} from 'vitest'
import {type ApiClient, rrset, zonePath} from './api-client.js'
import {eventually} from './eventually.js'
import {recordsOf} from './records.js'
import type {TestSystem} from './system.js'

const EVERY_MS = 100

/**
 * An API client that adds one record after the other to a zone, each under a name of its own, so that every single change shows
 * at the end. It repeats what was refused. Beside it somebody who asks every secondary for the zone all the time.
 */
export class SteadyChanges {
  readonly zone = 'steady.example.'
  /** By whom the changes go from now on. */
  client: ApiClient
  /** How many were answered with 2xx. */
  accepted = 0
  /** Secondary -> how often it did not answer with the zone. */
  readonly gaps = new Map<string, number>()
  readonly #system: TestSystem
  readonly #stopping = new AbortController()
  #running: Array<Promise<void>> = []

  constructor(system: TestSystem) {
    this.#system = system
    this.client = system.proxy
  }

  async start(): Promise<void> {
    await this.client.createZone(this.zone)
    await this.#system.follows(this.zone)
    this.#running = [this.#change(), ...this.#system.secondaries.map(({name}) => this.#ask(name))]
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  /** Waits until `more` further changes were accepted, and every secondary has each that ever was. */
  async allArrive(more = 3): Promise<void> {
    const wanted = this.accepted + more
    await eventually(() => expect(this.accepted).toBeGreaterThanOrEqual(wanted))
    const {secondaries} = this.#system
    await Promise.all(secondaries.map(({name}) => eventually(() => this.#hasAll(name, wanted))))
  }

  async #hasAll(name: string, count: number): Promise<void> {
    const records = recordsOf(await this.#system.secondary(name).dns.transfer(this.zone))
    const owners = new Set(records.map((record) => record.split(' ', 1)[0]))
    const missing = Array.from({length: count}, (_, n) => this.#owner(n)).filter(
      (owner) => !owners.has(owner),
    )
    expect(missing).toEqual([])
  }

  async #change(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (await this.#isAccepted()) this.accepted += 1
      await pause(EVERY_MS)
    }
  }

  async #isAccepted(): Promise<boolean> {
    const change = {...rrset(this.#owner(this.accepted), 'TXT', '"x"'), changetype: 'REPLACE'}
    try {
      const {status} = await this.client.send('PATCH', zonePath(this.zone), {rrsets: [change]})
      return status >= 200 && status < 300
    } catch {
      return false
    }
  }

  async #ask(name: string): Promise<void> {
    const {dns} = this.#system.secondary(name)
    while (!this.#stopping.signal.aborted) {
      const isServed = await dns.soa(this.zone, {keys: false}).then(
        ({state}) => state === 'served',
        () => false,
      )
      if (!isServed) this.gaps.set(name, (this.gaps.get(name) ?? 0) + 1)
      await pause(EVERY_MS)
    }
  }

  #owner(number: number): string {
    return `change-${number}.${this.zone}`
  }
}
