import type {ZoneName} from '../../../src/lib/dns/name.js'
import type {Transfer} from '../../../src/lib/dns/transfer.js'
import {TransferRefusedError} from '../../../src/lib/dns/transfer-errors.js'
import type {Primary} from '../../../src/lib/sync/provide/provide-zone.js'
import type {Chance} from './chance.js'
import {transferOf} from './transfers.js'

const REFUSED = 5

/**
 * A primary in memory. Everything that happens to its zones has a number that only grows; serials do as they like. A zone
 * that it does not answer for yet (`hidden`) is refused until its cache is flushed.
 */
export class FakePrimary implements Primary {
  readonly hidden = new Set<ZoneName>()
  /** Zones that it has but never transfers. */
  readonly denied = new Set<ZoneName>()
  readonly #chance: Chance
  readonly #zones = new Map<ZoneName, Transfer>()
  readonly #changes = new Map<string, number>()
  readonly #deletions = new Map<ZoneName, number>()
  #count = 0
  transfers = 0

  constructor(chance: Chance) {
    this.#chance = chance
  }

  set(zone: ZoneName, serial: number, options: Parameters<typeof transferOf>[3] = {}): void {
    const transfer = transferOf(zone, serial, `v${++this.#count}`, options)
    this.#zones.set(zone, transfer)
    this.#changes.set(transfer.content, this.#count)
  }

  delete(zone: ZoneName): void {
    this.#zones.delete(zone)
    this.#deletions.set(zone, ++this.#count)
  }

  contentOf(zone: ZoneName): string | undefined {
    return this.#zones.get(zone)?.content
  }

  /** The number of the change that made these contents. */
  numberOf(content: string): number {
    return this.#changes.get(content) ?? Number.NaN
  }

  /** The number of the zone's last deletion. */
  deletionOf(zone: ZoneName): number {
    return this.#deletions.get(zone) ?? 0
  }

  async transfer(zone: ZoneName, signal: AbortSignal): Promise<Transfer> {
    this.transfers++
    await this.#chance.pause(signal)
    const found = this.#zones.get(zone)
    if (this.#chance.accident()) throw new Error('connection reset')
    await this.#chance.pause(signal)
    if (!found || this.hidden.has(zone) || this.denied.has(zone))
      throw new TransferRefusedError(zone, REFUSED)
    return found
  }

  async hasZone(zone: ZoneName, signal: AbortSignal): Promise<boolean> {
    await this.#chance.pause(signal)
    const has = this.#zones.has(zone)
    if (this.#chance.accident()) throw new Error('the API is away')
    await this.#chance.pause(signal)
    return has
  }

  async flush(zone: ZoneName, signal: AbortSignal): Promise<void> {
    await this.#chance.pause(signal)
    this.hidden.delete(zone)
  }
}
