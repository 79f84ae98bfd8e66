import type {Token} from '../rdata/tokens.js'
import {type Position, ZoneFileError} from './errors.js'

/** A line of a zone file, or several where parentheses hold them together (RFC 1035 §5.1). */
export interface Entry extends Position {
  /** It begins with white space: the owner is that of the entry before. */
  indented: boolean
  tokens: Token[]
}

const BLANK = /[ \t\r]/
const WORD_ENDS = new Set(' \t\r\n";()')

/** The entries that are not empty. Each character of the text is one byte. @throws ZoneFileError */
export function* entriesOf(file: string, text: string): Generator<Entry> {
  const lexer = new Lexer(file, text)
  for (let entry = lexer.next(); entry; entry = lexer.next()) if (entry.tokens.length > 0) yield entry
}

class Lexer {
  readonly #file: string
  readonly #text: string
  #at = 0
  #line = 1

  constructor(file: string, text: string) {
    this.#file = file
    this.#text = text
  }

  next(): Entry | undefined {
    if (this.#at >= this.#text.length) return undefined
    const indented = BLANK.test(this.#text[this.#at] ?? '')
    const entry = {file: this.#file, line: this.#line, indented, tokens: [] as Token[]}
    let depth = 0
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined) {
        if (depth > 0) throw new ZoneFileError(entry, 'a parenthesis is opened here and never closed')
        return entry
      }
      if (character === '(') depth++
      else if (character === ')' && --depth < 0)
        throw this.#error('a parenthesis is closed that was not opened')
      else if (character === ';') this.#skipComment()
      else if (character === '\n') {
        this.#line++
        if (depth === 0) {
          this.#at++
          return entry
        }
      } else if (!BLANK.test(character) && character !== ')') {
        entry.tokens.push(character === '"' ? this.#quoted() : this.#word())
        continue
      }
      this.#at++
    }
  }

  /** Up to the end of the line, which it leaves where it is. */
  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = (end < 0 ? this.#text.length : end) - 1
  }

  #quoted(): Token {
    const begin = ++this.#at
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined || character === '\n')
        throw this.#error('a text whose quotes are not closed')
      if (character === '"') return {text: this.#text.slice(begin, this.#at++), quoted: true}
      this.#step(character)
    }
  }

  /** Quotes may be in the midst of it, as in `alpn="h2"`. */
  #word(): Token {
    let text = ''
    let begin = this.#at
    for (;;) {
      const character = this.#text[this.#at]
      if (character === '"') {
        text += this.#text.slice(begin, this.#at) + this.#quoted().text
        begin = this.#at
      } else if (character === undefined || WORD_ENDS.has(character)) {
        return {text: text + this.#text.slice(begin, this.#at), quoted: false}
      } else this.#step(character)
    }
  }

  #step(character: string): void {
    const escaped = character === '\\'
    const following = this.#text[this.#at + 1]
    if (escaped && (following === undefined || following === '\n'))
      throw this.#error('nothing follows a backslash')
    this.#at += escaped ? 2 : 1
  }

  #error(what: string): ZoneFileError {
    return new ZoneFileError({file: this.#file, line: this.#line}, what)
  }
}
