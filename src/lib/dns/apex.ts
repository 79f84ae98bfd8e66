import {hashKeySet} from './key-set.js'
import {isNameAt, nameToWire, type ZoneName} from './name.js'
import type {RecordCursor} from './record.js'
import {bySignatureOrder, readSoaSignature, type SoaSignature} from './soa.js'
import {Type} from './wire.js'

/** Gathers what the apex of a zone says about its signatures and keys, while the records of a transfer go by. */
export class ApexReader {
  readonly #apex: Uint8Array
  readonly #signatures: SoaSignature[] = []
  readonly #dnskeys: Uint8Array[] = []
  readonly #nsec3params: Uint8Array[] = []
  #hasSignatures = false

  constructor(zone: ZoneName) {
    this.#apex = nameToWire(zone)
  }

  /** There was an RRSIG of any kind. */
  get hasSignatures(): boolean {
    return this.#hasSignatures
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
    if (record.type === Type.RRSIG) {
      this.#hasSignatures = true
      const signature = readSoaSignature(record)
      if (signature && this.isApex(record.message, record.owner)) this.#signatures.push(signature)
    } else if (record.type === Type.DNSKEY || record.type === Type.NSEC3PARAM) {
      const rdatas = record.type === Type.DNSKEY ? this.#dnskeys : this.#nsec3params
      if (this.isApex(record.message, record.owner)) rdatas.push(record.rdataBytes())
    }
  }
}
