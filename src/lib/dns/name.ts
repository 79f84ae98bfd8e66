import {PdistError} from '../errors.js'
import {MalformedMessageError} from './wire.js'

declare const canonical: unique symbol

/**
 * A domain name in PowerDNS's own canonical text: lower case, absolute (trailing dot), `\.` and `\\` for those two bytes
 * inside a label, `\DDD` for every byte outside 0x21-0x7e. The root is `.`. Equal names are equal strings.
 */
export type ZoneName = string & {readonly [canonical]: true}

export class InvalidNameError extends PdistError {
  readonly code = 'PDIST_INVALID_NAME'
}

/** RFC 1035 §2.3.4, the root's zero byte included. */
export const MAX_NAME_BYTES = 255
const MAX_LABEL_BYTES = 63
/** No name has more labels, so no honest name takes more pointers. */
const MAX_POINTERS = 127

const DOT = 0x2e
const BACKSLASH = 0x5c

/** ASCII letters fold, nothing else does (RFC 4343 §3). Label lengths stay as they are: 63 is below `A`. */
const LOWER = Uint8Array.from({length: 256}, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte))
const AS_IS = Uint8Array.from({length: 256}, (_, byte) => byte)

/** The canonical text of each byte of a label. */
const TEXT = Array.from(LOWER, (byte) => {
  if (byte === DOT || byte === BACKSLASH) return `\\${String.fromCharCode(byte)}`
  if (byte > 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return `\\${String(byte).padStart(3, '0')}`
})

/** What most names are: canonical but for the last dot. A listing has 100,000 of them, which are not to be taken apart and put together. */
const PLAIN = /^(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?$/
/** With the last dot 254, on the wire 255. */
const MAX_PLAIN_LENGTH = MAX_NAME_BYTES - 2

const FOLDING = {fold: true}

const scratch = new Uint8Array(MAX_NAME_BYTES)

/**
 * Parses a name as people and APIs write it (RFC 1035 §5.1): the trailing dot is optional, `\X` and `\DDD` are escapes,
 * characters outside ASCII stand for their UTF-8 bytes.
 * @throws InvalidNameError
 */
export function zoneName(text: string): ZoneName {
  if (text.length <= MAX_PLAIN_LENGTH && PLAIN.test(text)) return plainName(text)
  return textOf(parse(text))
}

/** The uncompressed wire form, lower case, the root's zero byte included: 1 to 255 bytes. */
export function nameToWire(name: ZoneName): Uint8Array {
  return parse(name)
}

/**
 * Reads the name at `offset`; `end` is the offset behind it.
 * @throws MalformedMessageError where it leaves the message, is longer than 255 bytes or points anywhere but backwards.
 */
export function readName(message: Uint8Array, offset: number): {name: ZoneName; end: number} {
  const length = copyName(message, offset, scratch, 0)
  return {name: textOf(scratch.subarray(0, length)), end: skipName(message, offset)}
}

/** Case does not count (RFC 4343). `wire` is what `nameToWire` gives. */
export function isNameAt(message: Uint8Array, offset: number, wire: Uint8Array): boolean {
  const length = copyName(message, offset, scratch, 0)
  if (length !== wire.length) return false
  for (let i = 0; i < length; i++) if (scratch[i] !== wire[i]) return false
  return true
}

/**
 * The offset behind the name at `offset`. Does not follow a pointer, so it does not know whether the name is whole.
 * @throws MalformedMessageError
 */
export function skipName(message: Uint8Array, offset: number): number {
  const limit = Math.min(message.length, offset + MAX_NAME_BYTES)
  for (let at = offset; at < limit; ) {
    const head = message[at] ?? 0
    if (head === 0) return at + 1
    if (head >= 0xc0) {
      if (at + 1 >= message.length) break
      return at + 2
    }
    if (head > MAX_LABEL_BYTES) throw unknownLabel(head, at)
    at += head + 1
  }
  throw new MalformedMessageError(`the name at ${offset} does not end`)
}

/**
 * Writes the name at `offset`, uncompressed and, unless told otherwise, in lower case, to `target` at `at`, and returns its
 * length (at most 255, for which `target` must have room). Pointers must point before everything read so far, so no loop is
 * possible.
 * @throws MalformedMessageError
 */
export function copyName(
  message: Uint8Array,
  offset: number,
  target: Uint8Array,
  at: number,
  {fold = true} = FOLDING,
): number {
  const letters = fold ? LOWER : AS_IS
  let from = offset
  let lowest = offset
  let length = 0
  let pointers = 0
  for (;;) {
    const head = message[from]
    if (head === undefined) throw new MalformedMessageError(`the name at ${offset} leaves the message`)
    if (head >= 0xc0) {
      from = pointerTarget(message, from, lowest)
      lowest = from
      if (++pointers > MAX_POINTERS)
        throw new MalformedMessageError(`too many pointers in the name at ${offset}`)
      continue
    }
    if (head > MAX_LABEL_BYTES) throw unknownLabel(head, from)
    if (length + head + (head === 0 ? 1 : 2) > MAX_NAME_BYTES) {
      throw new MalformedMessageError(`the name at ${offset} is longer than ${MAX_NAME_BYTES} bytes`)
    }
    if (from + head >= message.length)
      throw new MalformedMessageError(`the name at ${offset} leaves the message`)
    for (let i = 0; i <= head; i++) target[at + length + i] = letters[message[from + i] ?? 0] ?? 0
    length += head + 1
    if (head === 0) return length
    from += head + 1
  }
}

function pointerTarget(message: Uint8Array, at: number, lowest: number): number {
  const low = message[at + 1]
  if (low === undefined) throw new MalformedMessageError(`the pointer at ${at} leaves the message`)
  const target = (((message[at] ?? 0) & 0x3f) << 8) | low
  if (target >= lowest) throw new MalformedMessageError(`the pointer at ${at} does not point backwards`)
  return target
}

function unknownLabel(head: number, at: number): MalformedMessageError {
  return new MalformedMessageError(`unknown label type 0x${head.toString(16)} at ${at}`)
}

function plainName(text: string): ZoneName {
  return (text.endsWith('.') ? text : `${text}.`) as ZoneName
}

function textOf(wire: Uint8Array): ZoneName {
  if (wire[0] === 0) return '.' as ZoneName
  let text = ''
  for (let at = 0; ; ) {
    const end = at + (wire[at] ?? 0)
    if (end === at) return text as ZoneName
    while (at < end) text += TEXT[wire[++at] ?? 0]
    text += '.'
    at++
  }
}

function parse(text: string): Uint8Array {
  if (text === '.') return Uint8Array.of(0)
  if (text === '') throw invalid(text, 'it is empty', 'Write the root as "."')
  if (!text.isWellFormed()) throw invalid(text, 'it is not well-formed Unicode', 'Write such bytes as \\DDD')
  const input = Buffer.from(text)
  const wire = new Uint8Array(MAX_NAME_BYTES)
  let head = 0
  let end = 1
  const closeLabel = () => {
    wire[head] = labelLength(text, end - head - 1)
    head = end++
  }
  for (let at = 0; at < input.length; ) {
    if (input[at] === DOT) {
      closeLabel()
      at++
    } else {
      const {byte, next} = readByte(text, input, at)
      // A write beyond the end is lost; the length is checked below.
      wire[end++] = LOWER[byte] ?? 0
      at = next
    }
  }
  if (end > head + 1) closeLabel()
  if (end > MAX_NAME_BYTES) {
    throw invalid(text, `it is ${end} bytes long on the wire`, 'A name has at most 255 bytes (RFC 1035)')
  }
  return wire.subarray(0, end)
}

function labelLength(text: string, length: number): number {
  if (length === 0) throw invalid(text, 'it has an empty label', 'Write a dot inside a label as "\\."')
  if (length > MAX_LABEL_BYTES) {
    throw invalid(text, `a label has ${length} bytes`, 'A label has at most 63 bytes (RFC 1035)')
  }
  return length
}

function readByte(text: string, input: Uint8Array, at: number): {byte: number; next: number} {
  const byte = input[at] ?? 0
  if (byte <= 0x20 || byte === 0x7f) {
    throw invalid(
      text,
      'it has white space or a control character',
      'Write such bytes as \\DDD, a space as \\032',
    )
  }
  if (byte !== BACKSLASH) return {byte, next: at + 1}
  const digits = String.fromCharCode(...input.subarray(at + 1, at + 4))
  if (/^\d{3}$/.test(digits) && Number(digits) <= 255) return {byte: Number(digits), next: at + 4}
  const escaped = input[at + 1]
  if (escaped === undefined || /^\d/.test(digits)) {
    throw invalid(text, 'it has a broken escape', 'After a backslash comes a character or \\000 to \\255')
  }
  return {byte: escaped, next: at + 2}
}

function invalid(text: string, reason: string, hint: string): InvalidNameError {
  const shown = text.length > 300 ? `${text.slice(0, 300)}…` : text
  return new InvalidNameError(`${JSON.stringify(shown)} is no domain name: ${reason}`, {hints: [hint]})
}
