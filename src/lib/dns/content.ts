import {createHash, hash} from 'node:crypto'
import {MAX_CANONICAL_BYTES, writeCanonical} from './canonical.js'
import {skipName} from './name.js'
import {answersOf, type RecordCursor} from './record.js'
import {Type} from './wire.js'

/**
 * A digest of a zone's contents, equal for two transfers of an unchanged zone.
 *
 * An unsigned zone is hashed message by message as it came. In a signed zone PowerDNS makes the signatures while it
 * transfers, on several threads: ECDSA gives other bytes, and the RRsets come in another order, differently
 * compressed and packed, each time. So there each RRset is hashed for itself, without the signature bytes, and the
 * hashes are added up, which no order changes.
 */
export class ContentDigest {
  readonly #messages = createHash('sha256')
  #records: RRsetSum | undefined

  get countsRecords(): boolean {
    return this.#records !== undefined
  }

  /** Takes an unsigned zone's message: whole, with the ID zeroed. */
  addMessage(message: Uint8Array): void {
    this.#messages.update(message)
  }

  /** Takes the records of a signed zone's message. @throws MalformedMessageError */
  addRecords(message: Uint8Array): void {
    const record = answersOf(message)
    this.#records ??= new RRsetSum()
    while (record.next()) this.#records.add(record)
  }

  /** Base64url, 43 characters. Where records were added, the messages do not count. */
  finish(): string {
    return this.#records ? this.#records.finish() : this.#messages.digest('base64url')
  }
}

/** A longer run is hashed in parts, so that no RRset, however large, is gathered whole. */
const MAX_RUN_BYTES = 65_536

/**
 * Adds SHA-256 hashes lane by lane, modulo 2^32: the digest of a multiset. What is hashed at once is an RRset with the
 * RRSIGs behind it, where they come in a row, as they do from PowerDNS: that halves the cost of a hash per record.
 */
class RRsetSum {
  readonly #lanes = new Uint32Array(8)
  readonly #buffer = new Uint8Array(MAX_RUN_BYTES + MAX_CANONICAL_BYTES)
  /** The bytes of the run that is being gathered, and the type of its last record. */
  #length = 0
  #type = 0
  #runs = 0

  add(record: RecordCursor): void {
    const start = this.#length
    this.#length += writeCanonical(record, this.#buffer, start)
    if (start > 0 && !this.#continues(record.type, start)) {
      this.#addRun(start)
      this.#buffer.copyWithin(0, start, this.#length)
      this.#length -= start
    }
    this.#type = record.type
    if (this.#length > MAX_RUN_BYTES) {
      this.#addRun(this.#length)
      this.#length = 0
    }
  }

  finish(): string {
    if (this.#length > 0) this.#addRun(this.#length)
    return hash('sha256', `${this.#runs}/${this.#lanes.join('/')}`, 'base64url')
  }

  /** Whether the record at `start` belongs to the run before it: same owner, and same type or a signature. */
  #continues(type: number, start: number): boolean {
    if (type !== this.#type && type !== Type.RRSIG) return false
    const owner = skipName(this.#buffer, start) - start
    for (let i = 0; i < owner; i++) if (this.#buffer[i] !== this.#buffer[start + i]) return false
    return true
  }

  #addRun(length: number): void {
    // A string of 32 characters is several times cheaper than a Buffer.
    const digest = hash('sha256', this.#buffer.subarray(0, length), 'binary')
    for (let lane = 0; lane < 8; lane++) {
      const at = lane * 4
      const word =
        (digest.charCodeAt(at) << 24) |
        (digest.charCodeAt(at + 1) << 16) |
        (digest.charCodeAt(at + 2) << 8) |
        digest.charCodeAt(at + 3)
      this.#lanes[lane] = (this.#lanes[lane] ?? 0) + word
    }
    this.#runs++
  }
}
