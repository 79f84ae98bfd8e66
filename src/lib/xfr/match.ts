import {Flag, HEADER_BYTES, uint16} from '../dns/wire.js'

/**
 * Whether a message answers a query of ours: same ID, same question byte for byte. An error may come without its
 * question.
 * @param query with one question and no record but an OPT or a TSIG behind it
 */
export function isAnswerTo(query: Uint8Array, message: Uint8Array): boolean {
  if (message.length < HEADER_BYTES || !(uint16(message, 2) & Flag.QR)) return false
  if (uint16(message, 0) !== uint16(query, 0)) return false
  if (uint16(message, 4) === 0) return (uint16(message, 2) & 0xf) !== 0
  const end = questionEnd(query)
  if (uint16(message, 4) !== 1 || message.length < end) return false
  for (let i = HEADER_BYTES; i < end; i++) if (query[i] !== message[i]) return false
  return true
}

/** Of a query that was made here, so it is well-formed and its name is not compressed. */
function questionEnd(query: Uint8Array): number {
  let at = HEADER_BYTES
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) at += length + 1
  return at + 5
}
