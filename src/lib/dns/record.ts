import {skipName} from './name.js'
import {HEADER_BYTES, MalformedMessageError, readHeader, uint16, uint32} from './wire.js'

/** Type, class, TTL and RDLENGTH, between the owner and the rdata (RFC 1035 §4.1.3). */
export const FIXED_BYTES = 10

/**
 * Walks resource records without allocating: one object whose fields describe the record it stands on. Offsets are into
 * `message`, the TTL is in seconds.
 */
export class RecordCursor {
  readonly message: Uint8Array
  owner = 0
  type = 0
  class = 0
  ttl = 0
  rdata = 0
  /** Of the rdata, in bytes. */
  length = 0
  /** The offset behind the record; before the first `next()` that of the first record. */
  end: number
  #left: number

  constructor(message: Uint8Array, offset: number, count: number) {
    this.message = message
    this.end = offset
    this.#left = count
  }

  /**
   * False behind the last record.
   * @throws MalformedMessageError where the record leaves the message.
   */
  next(): boolean {
    if (this.#left === 0) return false
    this.#left--
    const {message} = this
    this.owner = this.end
    const at = skipName(message, this.owner)
    this.rdata = at + FIXED_BYTES
    if (this.rdata > message.length)
      throw new MalformedMessageError(`the record at ${this.owner} is cut short`)
    this.type = uint16(message, at)
    this.class = uint16(message, at + 2)
    this.ttl = uint32(message, at + 4)
    this.length = uint16(message, at + 8)
    this.end = this.rdata + this.length
    if (this.end > message.length) throw new MalformedMessageError(`the rdata at ${this.rdata} is cut short`)
    return true
  }

  /** The rdata as it is in the message, names in it possibly compressed; not a copy. */
  rdataBytes(): Uint8Array {
    return this.message.subarray(this.rdata, this.end)
  }
}

/** The offset behind the question section. @throws MalformedMessageError */
export function skipQuestions(message: Uint8Array, count: number): number {
  let at = HEADER_BYTES
  for (let i = 0; i < count; i++) at = skipName(message, at) + 4
  if (at > message.length) throw new MalformedMessageError('the question is cut short')
  return at
}

/** A cursor before the first record of the answer section. @throws MalformedMessageError */
export function answersOf(message: Uint8Array): RecordCursor {
  const {questions, answers} = readHeader(message)
  return new RecordCursor(message, skipQuestions(message, questions), answers)
}
