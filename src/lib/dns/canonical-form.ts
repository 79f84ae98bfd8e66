import {canonicalRdata, type Layout, RRSIG_FIXED_BYTES} from './canonical.js'
import type {RecordCursor} from './record.js'

/** Order and preference before NAPTR's three texts (RFC 3403 §4.1). */
const NAPTR_NUMBERS_BYTES = 4
const NAPTR_TEXTS = 3
const ADDRESS_BITS = 128

/**
 * The types that RFC 4034 §6.2 names and whose names nobody may compress: SIG, NXT, KX and DNAME here, NAPTR and A6 below.
 * NSEC, which it names, too, was taken off the list by RFC 6840 §5.1.
 */
const LAYOUTS = new Map<number, Layout>([
  [24, {fixed: RRSIG_FIXED_BYTES, names: 1}],
  [30, {fixed: 0, names: 1}],
  [36, {fixed: 2, names: 1}],
  [39, {fixed: 0, names: 1}],
])
const NAPTR = 35
const A6 = 38

/**
 * The rdata in the canonical form that is signed and digested: names uncompressed, in lower case where RFC 4034 §6.2 (as
 * corrected by RFC 6840 §5.1) says so, everything else as it is.
 * @throws MalformedMessageError
 */
export function canonicalFormOf(record: RecordCursor): Uint8Array {
  return canonicalRdata(record, layoutOf(record))
}

/** Undefined: as the table of the types that may be compressed has it. */
function layoutOf(record: RecordCursor): Layout | undefined {
  if (record.type === NAPTR) return {fixed: naptrFixed(record), names: 1}
  if (record.type !== A6) return LAYOUTS.get(record.type)
  // RFC 2874 §3.1: the prefix's length, as much of the address as it does not cover, and a name unless it covers nothing.
  const prefix = record.message[record.rdata] ?? 0
  const suffix = Math.max(0, Math.ceil((ADDRESS_BITS - prefix) / 8))
  return {fixed: 1 + suffix, names: prefix > 0 ? 1 : 0}
}

function naptrFixed({message, rdata}: RecordCursor): number {
  let fixed = NAPTR_NUMBERS_BYTES
  for (let text = 0; text < NAPTR_TEXTS; text++) fixed += 1 + (message[rdata + fixed] ?? 0)
  return fixed
}
