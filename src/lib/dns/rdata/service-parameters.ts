import {MalformedMessageError, uint16} from '../wire.js'
import {formatIpv4, formatIpv6, readIpv4, readIpv6} from './addresses.js'
import {InvalidRdataError} from './errors.js'
import {type Field, readNumber} from './field.js'
import {escapeText, unescapeText} from './text.js'
import type {Token} from './tokens.js'

interface Value {
  /** @throws MalformedMessageError */
  print(value: Uint8Array): string
  /** What stands behind the `=`, escapes removed; empty where there is none. @throws InvalidRdataError */
  parse(value: Uint8Array): Uint8Array
}

const MANDATORY = 0
const ALPN = 1
const NAMES = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint'] as const
const [COMMA, BACKSLASH] = [0x2c, 0x5c]

/** The parameters of SVCB and HTTPS, in the order of their keys (RFC 9460 §2.1, §7). */
export const serviceParameters: Field = {
  print: (from) => {
    const words: string[] = []
    let last = -1
    while (from.left > 0) {
      const key = from.uint(2)
      if (key <= last) throw new MalformedMessageError('parameters that are not in order')
      words.push(printParameter(key, from.bytes(from.uint(2))))
      last = key
    }
    return words.join(' ')
  },
  parse: (tokens, to) => {
    const found = tokens
      .rest()
      .map(parseParameter)
      .sort(([a], [b]) => a - b)
    for (const [index, [key, value]] of found.entries()) {
      if (found[index - 1]?.[0] === key) throw new InvalidRdataError(`${keyName(key)} is there twice`)
      to.uint(2, key)
      to.uint(2, value.length)
      to.bytes(value)
    }
  },
}

function printParameter(key: number, value: Uint8Array): string {
  const kind = VALUES[key]
  if (kind) {
    const text = kind.print(value)
    return text === '' ? keyName(key) : `${keyName(key)}=${text}`
  }
  return value.length === 0 ? keyName(key) : `${keyName(key)}="${escapeText(value)}"`
}

function parseParameter({text}: Token): [number, Uint8Array] {
  const equals = text.indexOf('=')
  const key = keyNumber(equals < 0 ? text : text.slice(0, equals))
  const value = unescapeText(equals < 0 ? '' : text.slice(equals + 1))
  return [key, VALUES[key]?.parse(value) ?? value]
}

function keyName(key: number): string {
  return NAMES[key] ?? `key${key}`
}

function keyNumber(text: string): number {
  const known = NAMES.indexOf(text.toLowerCase() as (typeof NAMES)[number])
  if (known >= 0) return known
  if (text.toLowerCase() === 'dohpath') return 7
  const digits = /^key(\d{1,5})$/i.exec(text)?.[1]
  if (digits === undefined) throw new InvalidRdataError(`"${text.slice(0, 100)}" is no parameter's key`)
  return readNumber(digits, 0xffff)
}

/** Ids behind their lengths; a comma or a backslash in one is escaped (RFC 9460 appendix A.1). */
const alpn: Value = {
  print: (value) => {
    const ids: string[] = []
    for (let at = 0; at < value.length; ) {
      const end = at + 1 + (value[at] ?? 0)
      const id = Buffer.from(value.subarray(at + 1, end))
      if (end > value.length || id.length === 0)
        throw new MalformedMessageError('a list of ids that is cut short')
      ids.push(id.toString('latin1').replace(/[,\\]/g, '\\$&'))
      at = end
    }
    if (ids.length === 0) throw new MalformedMessageError('an empty list of ids')
    const text = escapeText(Buffer.from(ids.join(','), 'latin1'))
    return /^[\x21-\x7e]+$/.test(text) && !/["\\;()]/.test(text) ? text : `"${text}"`
  },
  parse: (value) => {
    const ids: number[][] = [[]]
    for (let at = 0; at < value.length; at++) {
      if (value[at] === COMMA) ids.push([])
      else ids.at(-1)?.push((value[at] === BACKSLASH ? value[++at] : value[at]) ?? BACKSLASH)
    }
    if (ids.some(({length}) => length === 0 || length > 255))
      throw new InvalidRdataError('an id in alpn is empty or too long')
    return Buffer.concat(ids.map((id) => Buffer.from([id.length, ...id])))
  },
}

/** Pieces of equal size, written one behind the other with commas. */
function listOf(
  bytes: number,
  print: (one: Uint8Array) => string,
  parse: (text: string) => Uint8Array,
): Value {
  return {
    print: (value) => {
      if (value.length === 0 || value.length % bytes > 0)
        throw new MalformedMessageError('a list that is cut short')
      return Array.from({length: value.length / bytes}, (_, i) =>
        print(value.subarray(i * bytes, (i + 1) * bytes)),
      ).join(',')
    },
    parse: (value) => Buffer.concat(Buffer.from(value).toString('latin1').split(',').map(parse)),
  }
}

const mandatory = listOf(
  2,
  (one) => keyName(uint16(one, 0)),
  (text) => Buffer.from(uint16Bytes(keyNumber(text))),
)

const VALUES: Readonly<Record<number, Value>> = {
  [MANDATORY]: {
    ...mandatory,
    parse: (value) => {
      const keys = Buffer.from(value).toString('latin1').split(',').map(keyNumber)
      return Buffer.concat(keys.sort((a, b) => a - b).map((key) => Buffer.from(uint16Bytes(key))))
    },
  },
  [ALPN]: alpn,
  2: {
    print: (value) => {
      if (value.length > 0) throw new MalformedMessageError('no-default-alpn with a value')
      return ''
    },
    parse: (value) => {
      if (value.length > 0) throw new InvalidRdataError('no-default-alpn has no value')
      return value
    },
  },
  3: {
    print: (value) => {
      if (value.length !== 2) throw new MalformedMessageError('a port that is no port')
      return String(uint16(value, 0))
    },
    parse: (value) =>
      Buffer.from(uint16Bytes(readNumber(Buffer.from(value).toString('latin1'), 0xffff, 'a port'))),
  },
  4: listOf(4, formatIpv4, readIpv4),
  5: {
    print: (value) => {
      if (value.length === 0) throw new MalformedMessageError('an empty ech')
      return `"${Buffer.from(value).toString('base64')}"`
    },
    parse: (value) => {
      const text = Buffer.from(value).toString('latin1')
      const bytes = Buffer.from(text, 'base64')
      if (bytes.length === 0 || bytes.toString('base64') !== text)
        throw new InvalidRdataError('ech is not in base64')
      return bytes
    },
  },
  6: listOf(16, formatIpv6, readIpv6),
}

function uint16Bytes(value: number): [number, number] {
  return [value >> 8, value & 0xff]
}
