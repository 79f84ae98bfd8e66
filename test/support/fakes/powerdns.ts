import {sleep} from '../../../src/lib/async/abort.js'
import type {Difference} from '../../../src/lib/dns/difference.js'
import type {ZoneName} from '../../../src/lib/dns/name.js'
import {soaAnswerOf} from '../../../src/lib/dns/soa.js'
import {Class, Type, uint32} from '../../../src/lib/dns/wire.js'
import {PowerDnsUnavailableError} from '../../../src/lib/powerdns/errors.js'
import type {SnapshotShelf} from '../../../src/lib/sync/apply/shelf.js'
import type {LocalZone, SecondaryApi, ServedState} from '../../../src/lib/sync/secondary.js'
import {recordsOf, recordText} from '../records.js'
import type {Chance} from './chance.js'
import {SIGNATURES} from './transfers.js'

export interface FakeZone extends LocalZone {
  /** As `recordsIn` has them. */
  records?: readonly string[]
  signed?: boolean
}

export const MASTER = '127.0.0.1:20102'

/**
 * A secondary's PowerDNS in memory, as unhelpful as the real one: it transfers when it likes, drops the request for a zone
 * that it is transferring, says nothing of the end, loses transfers on the way and commits that fail, makes changes without looking
 * what it makes them of, refuses some, and its API is away now and then, also when it has done already what it was asked for.
 */
export class FakePowerDns implements SecondaryApi, ServedState {
  readonly zones = new Map<ZoneName, FakeZone>()
  readonly calls: string[] = []
  dropped = 0
  /** Whether it takes no changes. */
  refuses = false
  readonly #chance: Chance
  readonly #shelf: () => SnapshotShelf
  readonly #transferring = new Set<ZoneName>()

  constructor(chance: Chance, shelf: () => SnapshotShelf) {
    this.#chance = chance
    this.#shelf = shelf
  }

  /** How many zones are being transferred. */
  get transferring(): number {
    return this.#transferring.size
  }

  /** What it answers from, as text to compare. */
  contentOf(zone: ZoneName): string | undefined {
    return this.zones.get(zone)?.records?.join('\n')
  }

  prepare(): void {}

  async getZone(zone: ZoneName, signal: AbortSignal): Promise<LocalZone | undefined> {
    await this.#call(`get ${zone}`, signal)
    const found = this.zones.get(zone)
    return found && {...found}
  }

  async createSecondary(zone: ZoneName, masters: readonly string[], signal: AbortSignal): Promise<boolean> {
    await this.#call(`create ${zone}`, signal)
    if (this.zones.has(zone)) return false
    this.zones.set(zone, {zone, kind: 'secondary', masters, serial: 0, lastCheck: 0})
    return true
  }

  async createWith(
    zone: ZoneName,
    masters: readonly string[],
    contents: Difference,
    signal: AbortSignal,
  ): Promise<'created' | 'found' | 'refused'> {
    await this.#call(`create ${zone} with its records`, signal)
    if (this.zones.has(zone)) return 'found'
    if (this.refuses || this.#chance.accident()) return 'refused'
    const created: FakeZone = {zone, kind: 'secondary', masters, serial: 0, lastCheck: 0}
    this.zones.set(zone, created)
    this.#change(created, [], contents)
    await this.#chance.pause(signal)
    if (this.#chance.accident()) throw new PowerDnsUnavailableError(`create ${zone}: connection reset`)
    return 'created'
  }

  async deleteZone(zone: ZoneName, signal: AbortSignal): Promise<'deleted' | 'absent'> {
    await this.#call(`delete ${zone}`, signal)
    return this.zones.delete(zone) ? 'deleted' : 'absent'
  }

  async retrieve(zone: ZoneName, signal: AbortSignal): Promise<boolean> {
    await this.#call(`retrieve ${zone}`, signal)
    if (!this.zones.has(zone)) return false
    this.refresh(zone)
    return true
  }

  async amend(zone: ZoneName, difference: Difference, signal: AbortSignal): Promise<'amended' | 'refused'> {
    await this.#call(`amend ${zone}`, signal)
    const found = this.zones.get(zone)
    if (!found?.records || this.refuses || this.#chance.accident()) return 'refused'
    this.#change(found, found.records, difference)
    await this.#chance.pause(signal)
    if (this.#chance.accident()) throw new PowerDnsUnavailableError(`amend ${zone}: connection reset`)
    return 'amended'
  }

  async flush(zone: ZoneName, signal: AbortSignal): Promise<void> {
    await this.#call(`flush ${zone}`, signal)
  }

  async fingerprintOf(zone: ZoneName, signal: AbortSignal) {
    await this.#chance.pause(signal)
    const found = this.zones.get(zone)
    if (!found?.records) return {state: 'not-served'} as const
    return {state: 'served', serial: found.serial, signatures: found.signed ? SIGNATURES : []} as const
  }

  /**
   * What it also does by itself, when it finds that a zone is due. Never twice at once for one zone. `commitMs`: how much longer than
   * usual its commit takes.
   */
  refresh(zone: ZoneName, commitMs = 0): void {
    if (this.#transferring.has(zone)) this.dropped++
    else void this.transfer(zone, commitMs)
  }

  async transfer(zone: ZoneName, commitMs = 0): Promise<void> {
    this.#transferring.add(zone)
    try {
      await this.#chance.pause()
      const answer = await this.#shelf().transfer(zone)
      if (typeof answer === 'string') return
      this.#shelf().started(zone, answer.tag)
      await this.#chance.pause()
      if (this.#chance.accident()) return
      this.#shelf().sent(zone, answer.tag)
      await this.#chance.pause()
      await sleep(commitMs)
      if (!this.#chance.accident()) this.#commit(zone, answer.messages)
    } finally {
      this.#transferring.delete(zone)
    }
  }

  /** All of it, whatever it is made of. */
  #change(found: FakeZone, before: readonly string[], difference: Difference): void {
    const isOf = (record: string, {name, type}: Difference[number]) =>
      record.startsWith(`${name} `) && record.includes(` TYPE${type} `)
    const kept = before.filter((record) => !difference.some((rrset) => isOf(record, rrset)))
    const added = difference.flatMap(({name, type, rdatas}) =>
      rdatas.map(({ttl, canonical}) => recordText({name, ttl, class: Class.IN, type}, canonical)),
    )
    found.records = [...kept, ...added].sort()
    const soa = difference.find(({type}) => type === Type.SOA)?.rdatas[0]
    if (soa) found.serial = uint32(soa.canonical, soa.canonical.length - 20)
  }

  #commit(zone: ZoneName, messages: readonly Uint8Array[]): void {
    const found = this.zones.get(zone)
    if (!found) return
    const {rdata} = soaAnswerOf(zone, messages, 0)
    found.records = recordsIn(messages)
    found.signed = found.records.some((record) => record.includes(' TYPE46 '))
    found.serial = uint32(rdata, rdata.length - 20)
    found.lastCheck = Math.floor(Date.now() / 1000)
  }

  async #call(name: string, signal: AbortSignal): Promise<void> {
    this.calls.push(name)
    await this.#chance.pause(signal)
    if (this.#chance.accident()) throw new PowerDnsUnavailableError(`${name}: connection refused`)
  }
}

/** The records of a transfer, sorted, each once. */
export function recordsIn(messages: readonly Uint8Array[]): string[] {
  return [...new Set(recordsOf({messages}))]
}
