import type {RecordType} from 'dns-packet'
import {zoneName} from '../../src/lib/dns/name.js'
import type {Transfer} from '../../src/lib/dns/transfer.js'
import {fetchZone} from '../../src/lib/xfr/axfr-client.js'
import type {ServerAddress} from '../../src/lib/xfr/errors.js'
import {type LookupResult, lookup} from '../../src/lib/xfr/lookup.js'
import {type NotServed, type Served, ServedState} from '../../src/lib/xfr/served-state.js'

const ASK_MS = 10_000
const TRANSFER_LIMITS = {bytes: 10 ** 9, records: 10 ** 7, idleMs: 60_000, totalMs: 120_000}

/** What a name server says to anybody who asks. */
export class DnsServer {
  readonly address: ServerAddress
  readonly #served: ServedState

  constructor(address: ServerAddress) {
    this.address = address
    this.#served = new ServedState({server: address, timeoutMs: ASK_MS})
  }

  ask(name: string, type: RecordType, {dnssec = false} = {}): Promise<LookupResult> {
    const signal = AbortSignal.timeout(ASK_MS)
    return lookup({server: this.address, name, type, dnssec, signal, timeoutMs: ASK_MS})
  }

  /** The texts of a TXT record, sorted. */
  async txt(name: string): Promise<string[]> {
    const {answers} = await this.ask(name, 'TXT')
    return answers.flatMap((answer) => (answer.type === 'TXT' ? [String(answer.data)] : [])).sort()
  }

  /** What it serves of the zone, if anything. */
  soa(zone: string, {keys = true} = {}): Promise<Served | NotServed> {
    return this.#served.fingerprintOf(zoneName(zone), AbortSignal.timeout(ASK_MS), {keys})
  }

  transfer(zone: string): Promise<Transfer> {
    const signal = AbortSignal.timeout(TRANSFER_LIMITS.totalMs)
    return fetchZone({server: this.address, zone: zoneName(zone), limits: TRANSFER_LIMITS, signal})
  }

  async close(): Promise<void> {
    await this.#served.close()
  }
}
