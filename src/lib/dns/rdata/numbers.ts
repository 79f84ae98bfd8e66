import {typeName, typeNumber} from '../types.js'
import {MalformedMessageError} from '../wire.js'
import {InvalidRdataError} from './errors.js'
import {type Field, readNumber} from './field.js'

const MAX_UINT32 = 0xffff_ffff

/** A number of so many bytes; `names` are what may be written in its place. */
export function uint(bytes: 1 | 2 | 4, names: Readonly<Record<string, number>> = {}): Field {
  const max = 2 ** (8 * bytes) - 1
  return {
    print: (from) => String(from.uint(bytes)),
    parse: (tokens, to) => {
      const {text} = tokens.next('a number')
      to.uint(bytes, names[text.toUpperCase()] ?? readNumber(text, max))
    },
  }
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600, d: 86_400, w: 604_800}

/** `3600`, `1h`, `1h30m`; undefined for what is no time. Seconds. */
export function parseSeconds(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return within(Number(text))
  if (!/^(\d{1,10}[smhdw])+$/i.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)([a-z])/gi)]
  return within(
    parts.reduce(
      (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_SECONDS[unit.toLowerCase()] ?? 0),
      0,
    ),
  )
}

function within(seconds: number): number | undefined {
  return seconds <= MAX_UINT32 ? seconds : undefined
}

/** Seconds in four bytes, as the SOA has them. */
export const seconds: Field = {
  print: (from) => String(from.uint(4)),
  parse: (tokens, to) => {
    const {text} = tokens.next('a time')
    const value = parseSeconds(text)
    if (value === undefined) throw new InvalidRdataError(`"${text.slice(0, 100)}" is no time in seconds`)
    to.uint(4, value)
  },
}

/** `YYYYMMDDHHmmSS` in UTC (RFC 4034 §3.2), or the seconds themselves. */
export const timestamp: Field = {
  print: (from) =>
    new Date(from.uint(4) * 1000)
      .toISOString()
      .replace(/\.\d+Z$/, '')
      .replace(/[-:T]/g, ''),
  parse: (tokens, to) => {
    const {text} = tokens.next('a time')
    const calendar = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text)
    if (!calendar) return to.uint(4, readNumber(text, MAX_UINT32, 'a time as YYYYMMDDHHmmSS, or'))
    const [, year, month, day, hour, minute, second] = calendar
    const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
    if (!(ms >= 0 && ms / 1000 <= MAX_UINT32)) throw new InvalidRdataError(`"${text}" is no time`)
    to.uint(4, ms / 1000)
  },
}

/** The number of an RR type, by its name. */
export const rrType: Field = {
  print: (from) => typeName(from.uint(2)),
  parse: (tokens, to) => to.uint(2, readType(tokens.next('an RR type').text)),
}

/** @throws InvalidRdataError */
export function readType(text: string): number {
  const type = typeNumber(text)
  if (type !== undefined) return type
  throw new InvalidRdataError(`"${text.slice(0, 100)}" is no RR type`, {
    hints: ['A type without a name is written as TYPE and its number (RFC 3597)'],
  })
}

/** RFC 4034 §4.1.2: a bit for each type, in windows of 256. */
export const bitmap: Field = {
  print: (from) => {
    const names: string[] = []
    let last = -1
    while (from.left > 0) {
      const window = from.uint(1)
      const bits = from.bytes(from.uint(1))
      // RFC 4034 §4.1.2 forbids both, and a text could not tell of them.
      if (window <= last || bits.length > 32 || !bits.at(-1)) {
        throw new MalformedMessageError('a bitmap of types that is not in its one form')
      }
      for (let bit = 0; bit < bits.length * 8; bit++)
        if ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) names.push(typeName(window * 256 + bit))
      last = window
    }
    return names.join(' ')
  },
  parse: (tokens, to) => {
    const windows = new Map<number, Uint8Array>()
    for (const {text} of tokens.rest()) {
      const type = readType(text)
      const bits = windows.get(type >> 8) ?? new Uint8Array(32)
      bits[(type & 0xff) >> 3] = (bits[(type & 0xff) >> 3] ?? 0) | (0x80 >> (type & 7))
      windows.set(type >> 8, bits)
    }
    for (const [window, bits] of [...windows].sort(([a], [b]) => a - b)) {
      const used = bits.subarray(0, bits.findLastIndex((byte) => byte !== 0) + 1)
      to.uint(1, window)
      to.string(used)
    }
  },
}
