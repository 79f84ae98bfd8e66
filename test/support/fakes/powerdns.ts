import type {ZoneName} from '../../../src/lib/dns/name.js'
import {soaAnswerOf} from '../../../src/lib/dns/soa.js'
import {uint32} from '../../../src/lib/dns/wire.js'
import {PowerDnsUnavailableError} from '../../../src/lib/powerdns/errors.js'
import type {SnapshotShelf} from '../../../src/lib/sync/apply/shelf.js'
import type {LocalZone, SecondaryApi, ServedState} from '../../../src/lib/sync/secondary.js'
import type {Chance} from './chance.js'

interface FakeZone extends LocalZone {
  messages?: readonly Uint8Array[]
}

export const MASTER = '127.0.0.1:20102'

/**
 * A secondary's PowerDNS in memory, as unhelpful as the real one: it transfers when it likes, drops the request for a zone
 * that it is transferring, says nothing of the end, loses transfers on the way and commits that fail, and its API is away
 * now and then.
 */
export class FakePowerDns implements SecondaryApi, ServedState {
  readonly zones = new Map<ZoneName, FakeZone>()
  readonly calls: string[] = []
  dropped = 0
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
    return textOf(this.zones.get(zone)?.messages)
  }

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

  async amend(zone: ZoneName, _: unknown, signal: AbortSignal): Promise<'refused'> {
    await this.#call(`amend ${zone}`, signal)
    return 'refused'
  }

  async flush(zone: ZoneName, signal: AbortSignal): Promise<void> {
    await this.#call(`flush ${zone}`, signal)
  }

  async fingerprintOf(zone: ZoneName, signal: AbortSignal) {
    await this.#chance.pause(signal)
    const found = this.zones.get(zone)
    if (!found?.messages) return {state: 'not-served'} as const
    return {state: 'served', serial: found.serial, signatures: []} as const
  }

  /** What it also does by itself, when it finds that a zone is due. Never twice at once for one zone. */
  refresh(zone: ZoneName): void {
    if (this.#transferring.has(zone)) this.dropped++
    else void this.transfer(zone)
  }

  async transfer(zone: ZoneName): Promise<void> {
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
      if (!this.#chance.accident()) this.#commit(zone, answer.messages)
    } finally {
      this.#transferring.delete(zone)
    }
  }

  #commit(zone: ZoneName, messages: readonly Uint8Array[]): void {
    const found = this.zones.get(zone)
    if (!found) return
    const {rdata} = soaAnswerOf(zone, messages, 0)
    found.messages = messages
    found.serial = uint32(rdata, rdata.length - 20)
    found.lastCheck = Math.floor(Date.now() / 1000)
  }

  async #call(name: string, signal: AbortSignal): Promise<void> {
    this.calls.push(name)
    await this.#chance.pause(signal)
    if (this.#chance.accident()) throw new PowerDnsUnavailableError(`${name}: connection refused`)
  }
}

export function textOf(messages: readonly Uint8Array[] | undefined): string | undefined {
  return messages?.map((message) => Buffer.from(message).toString('base64')).join(' ')
}
