import {copyName, MAX_NAME_BYTES, skipName} from './name.js'
import {FIXED_BYTES, type RecordCursor} from './record.js'
import {MalformedMessageError, setUint16, Type} from './wire.js'

/** Room for any record: owner, fixed fields, rdata, and two names in it that were compressed. */
export const MAX_CANONICAL_BYTES = MAX_NAME_BYTES + 8 + 65_535 + 2 * MAX_NAME_BYTES

/** RFC 4034 §3.1: everything before the signer's name. */
export const RRSIG_FIXED_BYTES = 18

/** Of RDLENGTH, the last of the fixed fields. */
const LENGTH_BYTES = 2
const AS_IT_CAME = {fold: false}

export interface Layout {
  /** Bytes before the first name. */
  fixed: number
  names: number
}

/**
 * The types whose rdata may hold compressed names (RFC 3597 §4), NAPTR excepted, which nobody compresses: MD and MF,
 * MB, MG and MR, MINFO and RP, MX, AFSDB and RT, PX, SRV. All other rdata is compared as it is.
 */
const LAYOUTS = new Map<number, Layout>([
  ...[2, 3, 4, 5, 7, 8, 9, 12].map((type) => [type, {fixed: 0, names: 1}] as const),
  ...[6, 14, 17].map((type) => [type, {fixed: 0, names: 2}] as const),
  ...[15, 18, 21].map((type) => [type, {fixed: 2, names: 1}] as const),
  [26, {fixed: 2, names: 2}],
  [33, {fixed: 6, names: 1}],
  [Type.RRSIG, {fixed: RRSIG_FIXED_BYTES, names: 1}],
])

/**
 * Writes the record under the cursor to `target`, independently of where it stands in its message: names uncompressed and
 * in lower case (RFC 4034 §6.2), and of an RRSIG everything but the signature itself. Returns the bytes written, at most
 * `MAX_CANONICAL_BYTES`.
 * @throws MalformedMessageError
 */
export function writeCanonical(record: RecordCursor, target: Uint8Array): number {
  const {message, rdata} = record
  let length = copyName(message, record.owner, target, 0)
  // Type, class and TTL; the length of the rdata follows from it.
  length += copyBytes(message, rdata - FIXED_BYTES, rdata - LENGTH_BYTES, target, length)
  return length + writeRdata(record, target, length, record.type !== Type.RRSIG)
}

/**
 * Writes the record under the cursor to `target` as it would be in a message of its own: uncompressed, its owner in lower case,
 * and all else as it came. Returns the bytes written, at most `MAX_CANONICAL_BYTES`.
 * @throws MalformedMessageError
 */
export function writeAlone(record: RecordCursor, target: Uint8Array): number {
  const {message, rdata} = record
  const owner = copyName(message, record.owner, target, 0)
  const start = owner + FIXED_BYTES
  copyBytes(message, rdata - FIXED_BYTES, rdata - LENGTH_BYTES, target, owner)
  const length = writeRdata(record, target, start, true, LAYOUTS.get(record.type), AS_IT_CAME)
  setUint16(target, start - LENGTH_BYTES, length)
  return start + length
}

/**
 * The rdata alone, names uncompressed and in lower case, signatures included; part of the message where it has no names.
 * `layout` is for types that are not among those whose names may be compressed.
 * @throws MalformedMessageError
 */
export function canonicalRdata(record: RecordCursor, layout = LAYOUTS.get(record.type)): Uint8Array {
  if (!layout) return record.rdataBytes()
  const target = new Uint8Array(record.length + 2 * MAX_NAME_BYTES)
  return target.slice(0, writeRdata(record, target, 0, true, layout))
}

function writeRdata(
  record: RecordCursor,
  target: Uint8Array,
  at: number,
  whole: boolean,
  layout = LAYOUTS.get(record.type),
  letters?: {fold: boolean},
): number {
  const {message, rdata, end} = record
  if (!layout) return copyBytes(message, rdata, end, target, at)
  let from = rdata + layout.fixed
  let length = copyBytes(message, rdata, Math.min(from, end), target, at)
  for (let i = 0; i < layout.names; i++) {
    length += copyName(message, from, target, at + length, letters)
    from = skipName(message, from)
  }
  if (from > end) throw new MalformedMessageError(`the rdata at ${rdata} is too short for its type`)
  return whole ? length + copyBytes(message, from, end, target, at + length) : length
}

/** A loop, because most of what is copied is shorter than what a call of `set` costs. */
function copyBytes(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  const count = to - from
  for (let i = 0; i < count; i++) target[at + i] = source[from + i] ?? 0
  return count
}
