import {PowerDnsAnswerError} from './errors.js'

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

type Expecting = 'array' | 'first object or end' | 'object' | 'comma or end' | 'nothing'

/**
 * Cuts a JSON array of objects, which may be of any length and come in pieces of any size, into the texts of its objects. What
 * is inside an object is left to JSON.parse. Structure in JSON is ASCII, so UTF-8 may be cut anywhere.
 */
export class ObjectSplitter {
  readonly #maxBytes: number
  #expecting: Expecting = 'array'
  /** How deep in an object we are; 0 between objects. */
  #depth = 0
  #inString = false
  /** The next byte belongs to a backslash before it. */
  #escaped = false
  /** The object's pieces from earlier chunks. */
  #pieces: Uint8Array[] = []
  #pending = 0

  /** No single object may have more than `maxBytes` bytes. */
  constructor({maxBytes}: {maxBytes: number}) {
    this.#maxBytes = maxBytes
  }

  /** The texts of the objects that end in this chunk. Throws PowerDnsAnswerError for what is no array of objects. */
  push(chunk: Uint8Array): string[] {
    const whole: string[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      if (this.#depth === 0) {
        this.#between(byte)
        start = at
      } else if (this.#inString) at = this.#insideString(chunk, at)
      else if (this.#insideObject(byte)) whole.push(this.#take(chunk.subarray(start, at + 1)))
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start))
    return whole
  }

  /** Throws PowerDnsAnswerError where the array is not complete. */
  end(): void {
    if (this.#expecting !== 'nothing' || this.#depth > 0) throw malformed('it ends too early')
  }

  #between(byte: number): void {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return
    const expecting = this.#expecting
    if (byte === OPEN_ARRAY && expecting === 'array') this.#expecting = 'first object or end'
    else if (byte === OPEN_OBJECT && (expecting === 'first object or end' || expecting === 'object')) {
      this.#depth = 1
      this.#expecting = 'comma or end'
    } else if (byte === COMMA && expecting === 'comma or end') this.#expecting = 'object'
    else if (byte === CLOSE_ARRAY && (expecting === 'first object or end' || expecting === 'comma or end')) {
      this.#expecting = 'nothing'
    } else throw malformed(`it has a byte ${byte} where ${expecting} should come`)
  }

  /** Returns where in the chunk it got to: the string's end, or the chunk's. */
  #insideString(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      if (this.#escaped) this.#escaped = false
      else if (chunk[at] === BACKSLASH) this.#escaped = true
      else if (chunk[at] === QUOTE) {
        this.#inString = false
        return at
      }
    }
    return chunk.length
  }

  /** True where the object ends. */
  #insideObject(byte: number): boolean {
    if (byte === QUOTE) this.#inString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#depth--
    return this.#depth === 0
  }

  #keep(piece: Uint8Array): void {
    this.#pending += piece.length
    if (this.#pending > this.#maxBytes) throw malformed(`one object has more than ${this.#maxBytes} bytes`)
    // Whoever gave us the chunk may use its memory again.
    this.#pieces.push(Buffer.from(piece))
  }

  #take(last: Uint8Array): string {
    this.#pending += last.length
    if (this.#pending > this.#maxBytes) throw malformed(`one object has more than ${this.#maxBytes} bytes`)
    const object = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    this.#pending = 0
    return Buffer.from(object.buffer, object.byteOffset, object.length).toString()
  }
}

function malformed(why: string): PowerDnsAnswerError {
  return new PowerDnsAnswerError(`the PowerDNS API answered something that is no list of objects: ${why}`, {
    hints: ['Check that `api_url` points at the PowerDNS API itself (version 4.7 or newer)'],
  })
}
