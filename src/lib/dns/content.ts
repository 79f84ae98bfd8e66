import {createHash, hash} from 'node:crypto'
import {MAX_CANONICAL_BYTES, writeCanonical} from './canonical.js'
import {answersOf, type RecordCursor} from './record.js'

/**
 * A digest of a zone's contents, equal for two transfers of an unchanged zone.
 *
 * An unsigned zone is hashed message by message as it came. In a signed zone PowerDNS makes the signatures while it
 * transfers, on several threads: ECDSA gives other bytes, and the RRsets come in another order, differently
 * compressed and packed, each time. So there each record is hashed for itself, without the signature bytes, and the
 * hashes are added up, which no order changes. A secondary's own AXFR of the zone has the same digest.
 */
export class ContentDigest {
  readonly #messages = createHash('sha256')
  #records: RecordSum | undefined

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
    this.#records ??= new RecordSum()
    while (record.next()) this.#records.add(record)
  }

  /** Base64url, 43 characters. Where records were added, the messages do not count. */
  finish(): string {
    return this.#records ? this.#records.finish() : this.#messages.digest('base64url')
  }
}

/** Adds SHA-256 hashes lane by lane, modulo 2^32: the digest of a multiset. */
class RecordSum {
  readonly #lanes = new Uint32Array(8)
  readonly #buffer = new Uint8Array(MAX_CANONICAL_BYTES)
  #count = 0

  add(record: RecordCursor): void {
    const length = writeCanonical(record, this.#buffer)
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
    this.#count++
  }

  finish(): string {
    return hash('sha256', `${this.#count}/${this.#lanes.join('/')}`, 'base64url')
  }
}
