import {MalformedMessageError} from '../wire.js'
import {InvalidRdataError} from './errors.js'
import type {Field} from './field.js'
import type {Token} from './tokens.js'

const BASE32HEX = '0123456789abcdefghijklmnopqrstuv'

/** All that is left, in hex; white space may be in it. */
export const hex: Field = {
  print: (from) => hexOf(from.rest()),
  parse: (tokens, to) => to.bytes(readHex(joined(tokens.rest()))),
}

/** All that is left, in base64; white space may be in it. */
export const base64: Field = {
  print: (from) => Buffer.from(from.rest()).toString('base64'),
  parse: (tokens, to) => {
    const text = joined(tokens.rest())
    const bytes = Buffer.from(text, 'base64')
    if (bytes.toString('base64') !== text)
      throw new InvalidRdataError(`"${text.slice(0, 100)}" is not in base64`)
    to.bytes(bytes)
  },
}

/** Behind its length, in hex, and `-` where it is empty (RFC 5155 §3.3). */
export const salt: Field = {
  print: (from) => hexOf(from.string()) || '-',
  parse: (tokens, to) => {
    const {text} = tokens.next('a salt')
    to.string(text === '-' ? new Uint8Array() : readHex(text))
  },
}

/** Behind its length, in base32 with the extended hex alphabet and without padding (RFC 5155 §3.3). */
export const hash32: Field = {
  print: (from) => {
    const bytes = from.string()
    if (bytes.length === 0) throw new MalformedMessageError('an empty hash')
    return base32Of(bytes)
  },
  parse: (tokens, to) => to.string(readBase32(tokens.next('a hash').text)),
}

/** So many bytes, in groups of hex digits. */
export function hexGroups(bytes: number, perGroup: number, separator: string): Field {
  const digits = `[0-9a-f]{${perGroup * 2}}`
  const pattern = new RegExp(`^${digits}(${separator}${digits}){${bytes / perGroup - 1}}$`, 'i')
  const groups = new RegExp(digits, 'gi')
  return {
    print: (from) => hexOf(from.bytes(bytes)).match(groups)?.join(separator) ?? '',
    parse: (tokens, to) => {
      const {text} = tokens.next('an identifier')
      if (!pattern.test(text)) throw new InvalidRdataError(`"${text.slice(0, 100)}" is no identifier`)
      to.bytes(Buffer.from(text.replaceAll(separator, ''), 'hex'))
    },
  }
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** @throws InvalidRdataError */
export function readHex(text: string): Uint8Array {
  if (text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text)) return Buffer.from(text, 'hex')
  throw new InvalidRdataError(`"${text.slice(0, 100)}" is not in hex`)
}

function base32Of(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32HEX[(value >> (bits - 5)) & 31]
  }
  return bits > 0 ? text + BASE32HEX[(value << (5 - bits)) & 31] : text
}

function readBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const letter of text.toLowerCase()) {
    const digit = BASE32HEX.indexOf(letter)
    if (digit < 0) throw new InvalidRdataError(`"${text.slice(0, 100)}" is not in base32hex`)
    value = ((value << 5) | digit) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >> bits) & 0xff)
  }
  return Uint8Array.from(bytes)
}

function joined(tokens: readonly Token[]): string {
  return tokens.map(({text}) => text).join('')
}
