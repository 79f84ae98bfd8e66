import type {RecordCursor} from '../record.js'
import {MalformedMessageError, uint16, uint32} from '../wire.js'
import {type NameStyle, plainName} from './name-text.js'

/** Reads an rdata from front to back. Every method throws MalformedMessageError where it would leave the rdata. */
export class RdataReader {
  readonly style: NameStyle
  readonly #message: Uint8Array
  readonly #end: number
  #at: number

  /** Names in it may be compressed. */
  constructor({message, rdata, end}: Pick<RecordCursor, 'message' | 'rdata' | 'end'>, style: NameStyle) {
    this.#message = message
    this.#at = rdata
    this.#end = end
    this.style = style
  }

  get left(): number {
    return this.#end - this.#at
  }

  uint(bytes: 1 | 2 | 4): number {
    const at = this.#take(bytes)
    if (bytes === 1) return this.#message[at] ?? 0
    return bytes === 2 ? uint16(this.#message, at) : uint32(this.#message, at)
  }

  /** Not a copy. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count)
    return this.#message.subarray(at, at + count)
  }

  rest(): Uint8Array {
    return this.bytes(this.left)
  }

  /** Behind its length in one byte (RFC 1035 §3.3). */
  string(): Uint8Array {
    return this.bytes(this.uint(1))
  }

  /** Uncompressed, letters as they are. */
  name(): Uint8Array {
    const {wire, end} = plainName(this.#message, this.#at)
    if (end > this.#end) throw new MalformedMessageError(`the name at ${this.#at} leaves the rdata`)
    this.#at = end
    return wire
  }

  #take(count: number): number {
    if (count > this.left) throw new MalformedMessageError(`the rdata ends within a field at ${this.#at}`)
    const at = this.#at
    this.#at += count
    return at
  }
}
