import {hashKeySet} from './key-set.js'
import {isNameAt, nameToWire, type ZoneName} from './name.js'
import type {RecordCursor} from './record.js'
import {earlierTime} from './serial.js'
import {bySignatureOrder, readExpiration, readSoaSignature, type SoaSignature} from './soa.js'
import {Type} from './wire.js'

/** Gathers what a zone says about its signatures, keys and digests, while the records of a transfer go by. */
export class ApexReader {
  readonly #apex: Uint8Array
  readonly #signatures: SoaSignature[] = []
  readonly #dnskeys: Uint8Array[] = []
  readonly #nsec3params: Uint8Array[] = []
  readonly #zonemds: Uint8Array[] = []
  #expires: number | undefined

  constructor(zone: ZoneName) {
    this.#apex = nameToWire(zone)
  }

  /** There was an RRSIG of any kind. */
  get hasSignatures(): boolean {
    return this.#expires !== undefined
  }

  /** When the first RRSIG of all expires, in seconds as on the wire; undefined where there is none. */
  get expires(): number | undefined {
    return this.#expires
  }

  /** The rdata of the apex's ZONEMD records, in no order. */
  get zonemds(): readonly Uint8Array[] {
    return this.#zonemds
  }

  /** Of the apex SOA, in the order in which they are compared. */
  get signatures(): SoaSignature[] {
    return this.#signatures.toSorted(bySignatureOrder)
  }

  /** `hashKeySet` of the apex; undefined where its SOA is not signed. */
  get keySet(): string | undefined {
    return this.#signatures.length > 0 ? hashKeySet(this.#dnskeys, this.#nsec3params) : undefined
  }

  /** @throws MalformedMessageError */
  isApex(message: Uint8Array, offset: number): boolean {
    return isNameAt(message, offset, this.#apex)
  }

  /** @throws MalformedMessageError */
  inspect(record: RecordCursor): void {
    if (record.type === Type.RRSIG) this.#inspectSignature(record)
    const rdatas = this.#listOf(record.type)
    if (rdatas && this.isApex(record.message, record.owner)) rdatas.push(record.rdataBytes())
  }

  #inspectSignature(record: RecordCursor): void {
    const expiration = readExpiration(record)
    this.#expires = this.#expires === undefined ? expiration : earlierTime(this.#expires, expiration)
    const signature = readSoaSignature(record)
    if (signature && this.isApex(record.message, record.owner)) this.#signatures.push(signature)
  }

  #listOf(type: number): Uint8Array[] | undefined {
    if (type === Type.DNSKEY) return this.#dnskeys
    if (type === Type.NSEC3PARAM) return this.#nsec3params
    return type === Type.ZONEMD ? this.#zonemds : undefined
  }
}
