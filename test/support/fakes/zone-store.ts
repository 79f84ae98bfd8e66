import {RevisionConflictError} from '../../../src/lib/broker/errors.js'
import type {ZoneName} from '../../../src/lib/dns/name.js'
import type {VersionStore} from '../../../src/lib/sync/provide/provide-zone.js'
import type {Stored, Tombstone, Version, ZoneState} from '../../../src/lib/zone/version.js'
import type {Chance} from './chance.js'

interface Entry {
  state: Stored
  body: Uint8Array
}

/** The zone store in memory: one message per zone, compare-and-set, and writes whose acknowledgement gets lost. */
export class MemoryZoneStore implements VersionStore {
  readonly objects = new Map<string, Uint8Array>()
  readonly dropped: string[] = []
  readonly #entries = new Map<ZoneName, Entry>()
  readonly #chance: Chance
  readonly #onWrite: (entry: Entry) => void
  #revision = 0

  constructor(chance: Chance, onWrite: (entry: Entry) => void = () => undefined) {
    this.#chance = chance
    this.#onWrite = onWrite
  }

  /** As it is at this moment. */
  peek(zone: ZoneName): Entry | undefined {
    return this.#entries.get(zone)
  }

  async get(zone: ZoneName): Promise<Entry | undefined> {
    await this.#chance.pause()
    const entry = this.#entries.get(zone)
    await this.#chance.pause()
    return entry
  }

  async fetchObject({object}: Version): Promise<Uint8Array | undefined> {
    await this.#chance.pause()
    return this.objects.get(object ?? '')
  }

  async put(version: Version, packed: Uint8Array, expected: number): Promise<number> {
    if (version.object) this.objects.set(version.object, packed)
    return this.#write(version, version.object ? new Uint8Array() : packed, expected)
  }

  async bury(tombstone: Tombstone, expected: number): Promise<number> {
    return this.#write(tombstone, new Uint8Array(), expected)
  }

  async dropObject(name: string): Promise<void> {
    await this.#chance.pause()
    this.objects.delete(name)
    this.dropped.push(name)
  }

  /** Without any delay or condition. */
  write(state: ZoneState, body: Uint8Array): Stored {
    const entry = {state: {...state, revision: ++this.#revision}, body}
    this.#entries.set(state.zone, entry)
    this.#onWrite(entry)
    return entry.state
  }

  async #write(state: ZoneState, body: Uint8Array, expected: number): Promise<number> {
    await this.#chance.pause()
    if (this.#chance.accident()) throw new Error('timeout: the write was not made')
    const current = this.#entries.get(state.zone)?.state.revision ?? 0
    if (current !== expected) throw new RevisionConflictError(`${current} is not ${expected}`)
    const {revision} = this.write(state, body)
    await this.#chance.pause()
    if (this.#chance.accident()) throw new Error('timeout: the acknowledgement was lost')
    return revision
  }
}
