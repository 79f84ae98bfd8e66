import {MalformedMessageError, uint16} from './wire.js'

const NOTHING = new Uint8Array(0)

/**
 * Splits a TCP stream into DNS messages (RFC 1035 §4.2.2), whatever the chunks. A message that lies within one chunk is a
 * view of it, not a copy; so chunks given in must not be used again.
 */
export class MessageSplitter {
  readonly #maxBytes: number
  #length = NOTHING
  #body: Uint8Array | undefined
  #filled = 0

  /** @param maxBytes of one message; a longer one is an error as soon as its length is read. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** True in the middle of a message: a stream that ends now was cut off. */
  get partial(): boolean {
    return this.#length.length > 0 || this.#body !== undefined
  }

  /** The messages that end in this chunk. @throws MalformedMessageError */
  push(chunk: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#body) at = this.#fill(this.#body, chunk, at, messages)
      else at = this.#begin(chunk, at, messages)
    }
    return messages
  }

  #begin(chunk: Uint8Array, at: number, messages: Uint8Array[]): number {
    if (this.#length.length + chunk.length - at < 2) {
      this.#length = chunk.slice(at)
      return chunk.length
    }
    const carried = this.#length.length
    const length = carried === 1 ? ((this.#length[0] ?? 0) << 8) | (chunk[at] ?? 0) : uint16(chunk, at)
    this.#length = NOTHING
    if (length > this.#maxBytes) {
      throw new MalformedMessageError(`a message of ${length} bytes, more than ${this.#maxBytes}`)
    }
    const start = at + 2 - carried
    if (start + length <= chunk.length) {
      messages.push(chunk.subarray(start, start + length))
      return start + length
    }
    this.#body = new Uint8Array(length)
    this.#filled = 0
    return start
  }

  #fill(body: Uint8Array, chunk: Uint8Array, at: number, messages: Uint8Array[]): number {
    const count = Math.min(body.length - this.#filled, chunk.length - at)
    body.set(chunk.subarray(at, at + count), this.#filled)
    this.#filled += count
    if (this.#filled === body.length) {
      messages.push(body)
      this.#body = undefined
    }
    return at + count
  }
}

/** A message with its length before it, as it goes onto TCP. */
export function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 + message.length)
  frame[0] = message.length >>> 8
  frame[1] = message.length
  frame.set(message, 2)
  return frame
}
