import {InvalidRdataError} from './errors.js'

/** A word of a zone file. Each character of `text` is one byte; escapes are as they were written. */
export interface Token {
  text: string
  quoted: boolean
}

/** The words of one record's rdata, taken one after the other, and the origin of the relative names among them. */
export class Tokens {
  /** Uncompressed wire form. */
  readonly origin: Uint8Array
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[], origin: Uint8Array) {
    this.#tokens = tokens
    this.origin = origin
  }

  get left(): number {
    return this.#tokens.length - this.#at
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at]
  }

  /** @throws InvalidRdataError behind the last one. */
  next(what: string): Token {
    const token = this.#tokens[this.#at++]
    if (token) return token
    throw new InvalidRdataError(`${what} is missing`)
  }

  /** All that are left. */
  rest(): readonly Token[] {
    const rest = this.#tokens.slice(this.#at)
    this.#at = this.#tokens.length
    return rest
  }
}
