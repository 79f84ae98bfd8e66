import {setTimeout as pause} from 'node:timers/promises'
import type {Transfer} from '../../../src/lib/dns/transfer.js'
import {difference, recordsOf} from '../records.js'
import type {TestServer} from '../system.js'

const EVERY_MS = 100
/** Of one zone, what is shown. */
const SHOWN = 6

interface PrimaryZone {
  transfer: Transfer
  records: readonly string[]
}

/** All that the primary has at one moment, to compare the secondaries with. */
export class Comparison {
  readonly #zones: ReadonlyMap<string, PrimaryZone>

  private constructor(zones: ReadonlyMap<string, PrimaryZone>) {
    this.#zones = zones
  }

  static async of(primary: TestServer): Promise<Comparison> {
    const zones = new Map<string, PrimaryZone>()
    for (const zone of await primary.api.zoneNames()) {
      const transfer = await primary.dns.transfer(zone)
      zones.set(zone, {transfer, records: recordsOf(transfer)})
    }
    return new Comparison(zones)
  }

  /**
   * Waits until the servers have the very zones and records that the primary has, and answer with their serials and
   * signatures. Resolves to what differs still when the time (`performance.now()`) is over, and to when it was over.
   */
  async untilEqual(
    servers: readonly TestServer[],
    deadline: number,
  ): Promise<{differences: string[]; at: number}> {
    for (;;) {
      const found = await Promise.all(servers.map((server) => this.differences(server)))
      const differences = found.flat()
      const at = performance.now()
      if (differences.length === 0 || at > deadline) return {differences, at}
      await pause(EVERY_MS)
    }
  }

  /** A line for each zone that is not as the primary has it. */
  async differences(server: TestServer): Promise<string[]> {
    const zones = await server.api.zoneNames().catch(() => undefined)
    if (!zones) return [`${server.name}: its API does not answer`]
    const lines: string[] = []
    for (const zone of zones) if (!this.#zones.has(zone)) lines.push(`${server.name} has ${zone}, left over`)
    const there = new Set(zones)
    for (const zone of this.#zones.keys()) {
      const line = there.has(zone) ? await this.#differenceOf(server, zone) : 'missing'
      if (line) lines.push(`${server.name} ${zone}: ${line}`)
    }
    return lines
  }

  async #differenceOf({dns}: TestServer, zone: string): Promise<string | undefined> {
    const wanted = this.#zones.get(zone)
    if (!wanted) return undefined
    const transfer = await dns.transfer(zone).catch(String)
    if (typeof transfer === 'string') return transfer
    const lines = difference(recordsOf(transfer), wanted.records)
    if (lines.length > 0) return lines.slice(0, SHOWN).join(', ')
    const served = await dns.soa(zone, {keys: false}).catch(String)
    const serial = typeof served === 'object' && 'serial' in served ? served.serial : undefined
    const {soa} = wanted.transfer
    return serial === soa.serial ? undefined : `answers with serial ${serial}, transfers ${soa.serial}`
  }
}
