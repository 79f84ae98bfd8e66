import {PdistError} from '../errors.js'

/** RFC 1035 §4.1.1. */
export const HEADER_BYTES = 12
/** What the two-byte length before a message on TCP can say (RFC 1035 §4.2.2). */
export const MAX_MESSAGE_BYTES = 65_535

/** The RR types that this library knows apart; all others travel unread. */
export const Type = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  KEY: 25,
  AAAA: 28,
  DNAME: 39,
  OPT: 41,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  CDS: 59,
  CDNSKEY: 60,
  ZONEMD: 63,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
} as const

export const Class = {IN: 1, ANY: 255} as const

/** RFC 1035 §4.1.1, RFC 1996 §3.1. */
export const Opcode = {QUERY: 0, NOTIFY: 4} as const

export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  NOTAUTH: 9,
  BADVERS: 16,
} as const

/** The second 16 bits of the header (RFC 1035 §4.1.1, RFC 4035 §3.1.6). */
export const Flag = {QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100, CD: 0x0010} as const

export class MalformedMessageError extends PdistError {
  readonly code = 'PDIST_MALFORMED_MESSAGE'
}

export interface Header {
  id: number
  flags: number
  opcode: number
  rcode: number
  questions: number
  answers: number
  authorities: number
  additionals: number
}

/** Beyond the end of `bytes` everything reads as 0: callers check bounds first. */
export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

/** Unsigned; beyond the end of `bytes` everything reads as 0. */
export function uint32(bytes: Uint8Array, at: number): number {
  return ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0
}

export function setUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function setUint32(bytes: Uint8Array, at: number, value: number): void {
  setUint16(bytes, at, value >>> 16)
  setUint16(bytes, at + 2, value)
}

/** @throws MalformedMessageError where the message is shorter than a header. */
export function readHeader(message: Uint8Array): Header {
  if (message.length < HEADER_BYTES) {
    throw new MalformedMessageError(`a message of ${message.length} bytes has no header`)
  }
  const flags = uint16(message, 2)
  return {
    id: uint16(message, 0),
    flags,
    opcode: (flags >>> 11) & 0xf,
    rcode: flags & 0xf,
    questions: uint16(message, 4),
    answers: uint16(message, 6),
    authorities: uint16(message, 8),
    additionals: uint16(message, 10),
  }
}

/** `REFUSED` for 5; `RCODE23` where this library has no name for it. */
export function rcodeName(rcode: number): string {
  return Object.entries(Rcode).find(([, value]) => value === rcode)?.[0] ?? `RCODE${rcode}`
}
