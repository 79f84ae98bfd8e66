import {copyName, MAX_NAME_BYTES, skipName} from '../name.js'
import {InvalidRdataError} from './errors.js'
import {decimalEscape, readEscaped} from './text.js'

/**
 * How names are escaped: in a zone file also what has a meaning there, for PowerDNS's API only what PowerDNS escapes itself,
 * because it takes a content only as it would write it.
 */
export type NameStyle = 'zone file' | 'api'

const MAX_LABEL_BYTES = 63
const DOT = 0x2e

/** In a zone file these begin or end something else (RFC 1035 §5.1). */
const SPECIAL = new Set(Buffer.from('"();@$'))
const TEXTS: Readonly<Record<NameStyle, readonly string[]>> = {
  'zone file': Array.from({length: 256}, (_, byte) => textOf(byte, SPECIAL.has(byte))),
  api: Array.from({length: 256}, (_, byte) => textOf(byte, false)),
}

const scratch = new Uint8Array(MAX_NAME_BYTES)

function textOf(byte: number, special: boolean): string {
  const character = String.fromCharCode(byte)
  if (special || character === '.' || character === '\\') return `\\${character}`
  return byte > 0x20 && byte < 0x7f ? character : decimalEscape(byte)
}

/** The name at `offset` without compression, letters as they are, and the offset behind it. @throws MalformedMessageError */
export function plainName(message: Uint8Array, offset: number): {wire: Uint8Array; end: number} {
  const length = copyName(message, offset, scratch, 0, {fold: false})
  return {wire: scratch.slice(0, length), end: skipName(message, offset)}
}

/** An uncompressed name as text, with the dot at its end. */
export function printName(wire: Uint8Array, style: NameStyle): string {
  if (wire[0] === 0) return '.'
  const texts = TEXTS[style]
  let text = ''
  for (let head = 0; wire[head]; head += (wire[head] ?? 0) + 1) {
    const end = head + (wire[head] ?? 0)
    for (let at = head + 1; at <= end; at++) text += texts[wire[at] ?? 0]
    text += '.'
  }
  return text
}

/**
 * Reads a name as a zone file writes it: `@` is the origin, a name without a dot at its end is relative to it.
 * @param origin uncompressed
 * @returns uncompressed, letters as they were written
 * @throws InvalidRdataError
 */
export function parseName(text: string, origin: Uint8Array): Uint8Array {
  if (text === '@') return origin
  if (text === '.') return Uint8Array.of(0)
  const labels: number[] = []
  let label: number[] = []
  let absolute = false
  for (let at = 0; at < text.length; ) {
    const {byte, next, escaped} = readEscaped(text, at)
    absolute = byte === DOT && !escaped
    if (absolute) {
      closeLabel(text, label, labels)
      label = []
    } else if (byte <= 0x20 && !escaped) {
      throw invalid(text, 'it has white space in it')
    } else label.push(byte)
    at = next
  }
  if (!absolute) closeLabel(text, label, labels)
  const wire = Buffer.concat([Buffer.from(labels), absolute ? Buffer.of(0) : origin])
  if (wire.length > MAX_NAME_BYTES)
    throw invalid(text, `it has ${wire.length} bytes, more than ${MAX_NAME_BYTES}`)
  return wire
}

function closeLabel(text: string, label: readonly number[], labels: number[]): void {
  if (label.length === 0) throw invalid(text, 'it has an empty label')
  if (label.length > MAX_LABEL_BYTES) throw invalid(text, `a label has ${label.length} bytes, more than 63`)
  labels.push(label.length, ...label)
}

function invalid(text: string, reason: string): InvalidRdataError {
  return new InvalidRdataError(`"${text.slice(0, 300)}" is no domain name: ${reason}`)
}
