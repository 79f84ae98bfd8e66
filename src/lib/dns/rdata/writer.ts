import {InvalidRdataError} from './errors.js'

/** Of RDLENGTH (RFC 1035 §3.2.1). */
const MAX_RDATA_BYTES = 65_535

/** Puts an rdata together. */
export class RdataWriter {
  readonly #parts: Uint8Array[] = []
  #length = 0

  uint(bytes: 1 | 2 | 4, value: number): void {
    const part = Buffer.alloc(bytes)
    part.writeUIntBE(value, 0, bytes)
    this.bytes(part)
  }

  /** @throws InvalidRdataError where it would be longer than any rdata is. */
  bytes(part: Uint8Array): void {
    this.#length += part.length
    if (this.#length > MAX_RDATA_BYTES)
      throw new InvalidRdataError(`it is longer than ${MAX_RDATA_BYTES} bytes`)
    this.#parts.push(part)
  }

  /** Behind its length in one byte. @throws InvalidRdataError */
  string(text: Uint8Array): void {
    if (text.length > 255) {
      throw new InvalidRdataError(`a text of ${text.length} bytes`, {
        hints: ['One text has at most 255 bytes (RFC 1035): write it as several, each in quotes'],
      })
    }
    this.uint(1, text.length)
    this.bytes(text)
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts, this.#length)
  }
}
