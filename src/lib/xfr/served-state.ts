import {hashKeySet} from '../dns/key-set.js'
import {isNameAt, nameToWire, type ZoneName} from '../dns/name.js'
import {encodeQuery} from '../dns/query.js'
import {answersOf, type RecordCursor} from '../dns/record.js'
import type {Serial} from '../dns/serial.js'
import {bySignatureOrder, readSoa, readSoaSignature, type SoaSignature} from '../dns/soa.js'
import {comparableRdata} from '../dns/wanted-record.js'
import {Flag, MalformedMessageError, readHeader, Type} from '../dns/wire.js'
import {NoAnswerError, type ServerAddress} from './errors.js'
import {type AskOptions, askOverTcp} from './tcp-query.js'
import {UdpClient} from './udp-client.js'

export interface Served {
  state: 'served'
  serial: Serial
  /** Ordered by key tag, inception, expiration. */
  signatures: SoaSignature[]
  /** Only where it was asked for and the zone is signed. */
  keySet?: string
}

export interface NotServed {
  state: 'not-served'
  /** REFUSED where the server has no such zone; NOERROR or NXDOMAIN where the name is inside another zone. */
  rcode: number
}

/** Asks one PowerDNS, by DNS, what it serves of a zone. */
export class ServedState {
  readonly #server: ServerAddress
  readonly #timeoutMs: number
  readonly #udp: UdpClient

  constructor({server, timeoutMs = 2000}: {server: ServerAddress; timeoutMs?: number}) {
    this.#server = server
    this.#timeoutMs = timeoutMs
    this.#udp = new UdpClient(server)
  }

  /**
   * @param options.keys asks for DNSKEY and NSEC3PARAM too
   * @throws NoAnswerError; the signal's reason when it is aborted.
   */
  async fingerprintOf(
    zone: ZoneName,
    signal: AbortSignal,
    {keys = false}: {keys?: boolean} = {},
  ): Promise<Served | NotServed> {
    const options = {timeoutMs: this.#timeoutMs, signal}
    // All three at once: an unsigned zone's two empty answers cost less than a second round trip for a signed one.
    const [soa, dnskeys, nsec3params] = await Promise.all([
      this.#soa(zone, options),
      keys ? this.#rdatas(zone, Type.DNSKEY, options) : [],
      keys ? this.#rdatas(zone, Type.NSEC3PARAM, options) : [],
    ])
    if (!keys || soa.state === 'not-served' || soa.signatures.length === 0) return soa
    return {...soa, keySet: hashKeySet(dnskeys, nsec3params)}
  }

  /**
   * What is answered to a question: the code, and of each record of this name and type what `comparableRdata` gives.
   * @throws NoAnswerError; the signal's reason when it is aborted.
   */
  async recordsOf(
    name: ZoneName,
    type: number,
    signal: AbortSignal,
  ): Promise<{rcode: number; records: Uint8Array[]}> {
    return this.#ask(name, type, {timeoutMs: this.#timeoutMs, signal}, (record) =>
      record.type === type ? comparableRdata(record) : undefined,
    )
  }

  async close(): Promise<void> {
    await this.#udp.close()
  }

  async #soa(zone: ZoneName, options: AskOptions): Promise<Served | NotServed> {
    const {rcode, records} = await this.#ask(zone, Type.SOA, options, (record) =>
      record.type === Type.SOA ? readSoa(record).serial : readSoaSignature(record),
    )
    const serial = records.find((found) => typeof found === 'number')
    if (serial === undefined) return {state: 'not-served', rcode}
    const signatures = records.filter((found) => typeof found === 'object')
    return {state: 'served', serial, signatures: signatures.sort(bySignatureOrder)}
  }

  async #rdatas(zone: ZoneName, type: number, options: AskOptions): Promise<Uint8Array[]> {
    const {records} = await this.#ask(zone, type, options, (record) =>
      record.type === type ? record.rdataBytes() : undefined,
    )
    return records
  }

  /** What `read` finds in the answer section under the very name. */
  async #ask<T>(
    zone: ZoneName,
    type: number,
    options: AskOptions,
    read: (record: RecordCursor) => T | undefined,
  ): Promise<{rcode: number; records: T[]}> {
    // With NSID, PowerDNS neither takes the answer from its packet cache nor puts it there (DNSPacket::couldBeCached).
    const query = encodeQuery({id: 0, name: zone, type, dnssec: true, nsid: true})
    let message = await this.#udp.ask(query, options)
    if (readHeader(message).flags & Flag.TC) message = await askOverTcp(this.#server, query, options)
    try {
      return {rcode: readHeader(message).rcode, records: readRecords(message, nameToWire(zone), read)}
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error
      throw new NoAnswerError(this.#server, error.message, error)
    }
  }
}

function readRecords<T>(
  message: Uint8Array,
  name: Uint8Array,
  read: (record: RecordCursor) => T | undefined,
): T[] {
  const found: T[] = []
  const record = answersOf(message)
  while (record.next()) {
    if (!isNameAt(message, record.owner, name)) continue
    const value = read(record)
    if (value !== undefined) found.push(value)
  }
  return found
}
