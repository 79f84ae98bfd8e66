/** The longest text of a name (255 bytes as `\DDD`) with each character as `\uXXXX`. Longer ones PowerDNS refuses. */
const MAX_VALUE_BYTES = 6 * 4 * 255
/** `name` with each character as `\uXXXX`. */
const MAX_KEY_BYTES = 6 * 4

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Finds the `name` of a JSON object in a body that comes in pieces, without keeping the body: at most 6 KB, whatever comes.
 *
 * It finds what PowerDNS (json11) takes as the name: keys below the top level do not count, the last of several counts, and one
 * that is no string is none. It does not check the JSON: what is malformed PowerDNS refuses.
 */
export class BodyName {
  #name: string | undefined
  #depth = 0
  #ended = false
  #expectsValue = false
  #isName = false
  #inString = false
  #escaped = false
  /** The string being read at the top level: its bytes so far, and how many it may have. */
  readonly #token = Buffer.allocUnsafe(MAX_VALUE_BYTES)
  #length = 0
  #limit = 0

  /** The name as far as the body was read. */
  get name(): string | undefined {
    return this.#name
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && !this.#ended; at++) {
      const byte = chunk[at] ?? 0
      if (this.#inString) this.#stringByte(byte)
      else if (byte > 0x20) this.#structure(byte)
    }
  }

  #stringByte(byte: number): void {
    if (byte === QUOTE && !this.#escaped) {
      this.#inString = false
      if (this.#depth === 1) this.#endString()
      return
    }
    this.#escaped = byte === BACKSLASH && !this.#escaped
    if (this.#length < this.#limit) this.#token[this.#length] = byte
    this.#length++
  }

  #structure(byte: number): void {
    if (this.#depth === 0 && byte !== OPEN_BRACE) this.#ended = true
    else if (byte === QUOTE) this.#startString()
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#ended = --this.#depth === 0
    else if (this.#depth === 1 && byte === COMMA) this.#expectsValue = false
    else if (this.#depth === 1 && byte === COLON) this.#startValue()
  }

  #startValue(): void {
    this.#expectsValue = true
    // Until its value is a string after all, this key takes the place of an earlier one.
    if (this.#isName) this.#name = undefined
  }

  #startString(): void {
    this.#inString = true
    this.#length = 0
    if (this.#depth !== 1) this.#limit = 0
    else if (!this.#expectsValue) this.#limit = MAX_KEY_BYTES
    else this.#limit = this.#isName ? MAX_VALUE_BYTES : 0
  }

  #endString(): void {
    const text = this.#length <= this.#limit ? decoded(this.#token.subarray(0, this.#length)) : undefined
    if (!this.#expectsValue) this.#isName = text === 'name'
    else if (this.#isName) this.#name = text
  }
}

/** Undefined where the bytes between the quotes are no JSON string. */
function decoded(token: Uint8Array): string | undefined {
  try {
    return JSON.parse(`"${new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(token)}"`)
  } catch {
    return undefined // PowerDNS refuses the whole body for it.
  }
}
