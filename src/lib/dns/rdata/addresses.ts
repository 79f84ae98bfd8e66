import {MalformedMessageError} from '../wire.js'
import {InvalidRdataError} from './errors.js'
import {type Field, readNumber} from './field.js'
import type {RdataReader} from './reader.js'
import type {RdataWriter} from './writer.js'

/** The address families of an APL (RFC 3123 §4) and how many bytes an address has. */
const FAMILIES: Readonly<Record<number, number>> = {1: 4, 2: 16}

export const ipv4: Field = {
  print: (from) => formatIpv4(from.bytes(4)),
  parse: (tokens, to) => to.bytes(readIpv4(tokens.next('an IPv4 address').text)),
}

export const ipv6: Field = {
  print: (from) => formatIpv6(from.bytes(16)),
  parse: (tokens, to) => to.bytes(readIpv6(tokens.next('an IPv6 address').text)),
}

export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join('.')
}

/** RFC 5952 §4, and with IPv4's form at the end where the C library writes it. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({length: 8}, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  const {start, length} = longestZeros(groups)
  const embedded = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff))
  const words = groups.map((group) => group.toString(16))
  if (embedded) words.splice(6, 2, formatIpv4(bytes.subarray(12)))
  if (length < 2) return words.join(':')
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`
}

function longestZeros(groups: readonly number[]): {start: number; length: number} {
  let best = {start: 0, length: 0}
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > best.length) best = {start, length}
  }
  return best
}

/** @throws InvalidRdataError */
export function readIpv4(text: string): Uint8Array {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) throw noAddress(text, 'IPv4')
  const bytes = text.split('.').map(Number)
  if (bytes.some((byte) => byte > 255)) throw noAddress(text, 'IPv4')
  return Uint8Array.from(bytes)
}

/** @throws InvalidRdataError */
export function readIpv6(text: string): Uint8Array {
  const [head = '', tail, ...more] = text.split('::')
  const front = groupsOf(head, tail === undefined)
  const back = tail === undefined ? [] : groupsOf(tail, true)
  const missing = 8 - (front?.length ?? 9) - (back?.length ?? 9)
  const isWhole = tail === undefined ? missing === 0 : missing > 0
  if (!front || !back || !isWhole || more.length > 0) throw noAddress(text, 'IPv6')
  const bytes = Buffer.alloc(16)
  const groups = [...front, ...Array<number>(missing).fill(0), ...back]
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(group, 2 * index)
  return bytes
}

function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const words = text.split(':')
  const ipv4Part = last && words.at(-1)?.includes('.') ? readIpv4(words.pop() ?? '') : undefined
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined
  const groups = words.map((word) => Number.parseInt(word, 16))
  const [a = 0, b = 0, c = 0, d = 0] = ipv4Part ?? []
  return ipv4Part ? [...groups, (a << 8) | b, (c << 8) | d] : groups
}

/** Address prefixes, with `!` before those that are meant not to be there (RFC 3123 §5). */
export const prefixes: Field = {
  print: (from) => {
    const items: string[] = []
    while (from.left > 0) items.push(printPrefix(from))
    return items.join(' ')
  },
  parse: (tokens, to) => {
    for (const {text} of tokens.rest()) parsePrefix(text, to)
  },
}

function printPrefix(from: RdataReader): string {
  const family = from.uint(2)
  const size = FAMILIES[family] ?? 0
  const prefix = from.uint(1)
  const head = from.uint(1)
  const part = from.bytes(head & 0x7f)
  // RFC 3123 §4: no zeros at the end. A text could not tell of them.
  if (part.length > size || prefix > size * 8 || part.at(-1) === 0)
    throw new MalformedMessageError('an address prefix that is not in its one form')
  const address = new Uint8Array(size)
  address.set(part)
  const words = size === 4 ? formatIpv4(address) : formatIpv6(address)
  return `${head & 0x80 ? '!' : ''}${family}:${words}/${prefix}`
}

function parsePrefix(text: string, to: RdataWriter): void {
  const [, not, family, address = '', prefix = ''] = /^(!?)([12]):([0-9a-f:.]+)\/(\d+)$/i.exec(text) ?? []
  if (family === undefined) {
    throw new InvalidRdataError(`"${text.slice(0, 100)}" is no address prefix`, {
      hints: ['Write it as `1:192.0.2.0/24` or `!2:2001:db8::/32` (RFC 3123)'],
    })
  }
  const bytes = family === '1' ? readIpv4(address) : readIpv6(address)
  const used = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)
  to.uint(2, Number(family))
  to.uint(1, readNumber(prefix, bytes.length * 8, 'the length of a prefix'))
  to.uint(1, used.length | (not ? 0x80 : 0))
  to.bytes(used)
}

function noAddress(text: string, kind: string): InvalidRdataError {
  return new InvalidRdataError(`"${text.slice(0, 100)}" is no ${kind} address`)
}
