import {MalformedMessageError} from '../wire.js'
import {InvalidRdataError} from './errors.js'
import type {Field} from './field.js'
import {parseName, printName} from './name-text.js'
import {escapeText, quoteText, unescapeText} from './text.js'

export const name: Field = {
  print: (from) => printName(from.name(), from.style),
  parse: (tokens, to) => {
    const {text, quoted} = tokens.next('a name')
    if (quoted) throw new InvalidRdataError(`"${text.slice(0, 100)}" in quotes is no domain name`)
    to.bytes(parseName(text, tokens.origin))
  },
}

/** One character string. */
export const text: Field = {
  print: (from) => quoteText(from.string()),
  parse: (tokens, to) => to.string(unescapeText(tokens.next('a text').text)),
}

/** One character string and more, to the end. */
export const texts: Field = {
  print: (from) => {
    const found = [quoteText(from.string())]
    while (from.left > 0) found.push(quoteText(from.string()))
    return found.join(' ')
  },
  parse: (tokens, to) => {
    to.string(unescapeText(tokens.next('a text').text))
    for (const {text} of tokens.rest()) to.string(unescapeText(text))
  },
}

/** A character string that is a word: a CAA's tag (RFC 8659 §4.1). */
export const word: Field = {
  print: (from) => {
    const bytes = from.string()
    if (!/^[a-z0-9]+$/i.test(escapeText(bytes))) throw new MalformedMessageError('a tag that is no word')
    return escapeText(bytes)
  },
  parse: (tokens, to) => to.string(unescapeText(tokens.next('a tag').text)),
}

/** A text without a length, which takes all that is left of the rdata. */
export const longText: Field = {
  print: (from) => quoteText(from.rest()),
  parse: (tokens, to) => to.bytes(unescapeText(tokens.next('a text').text)),
}
