import {PdistError} from '../errors.js'
import {nameToWire, readName, type ZoneName, zoneName} from './name.js'
import {RecordCursor, skipQuestions} from './record.js'
import {Class, MalformedMessageError, readHeader, setUint16, setUint32, Type, uint16, uint32} from './wire.js'

export type TsigAlgorithm = 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512'

export interface TsigKey {
  name: ZoneName
  algorithm: TsigAlgorithm
  secret: Uint8Array
}

/** RFC 8945 §3 and §5: the error codes that TSIG adds. */
export const TsigRcode = {BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22} as const

/** A signature that is missing, wrong, too old, or of a key that is not known here. */
export class TsigError extends PdistError {
  readonly code = 'PDIST_TSIG'
}

/** RFC 8945 §4.2; times are seconds (since 1970). */
export interface TsigRecord {
  /** The record's offset in its message. */
  start: number
  key: ZoneName
  algorithm: ZoneName
  timeSigned: number
  fudge: number
  mac: Uint8Array
  originalId: number
  error: number
  other: Uint8Array
}

/** The algorithm's name as a domain name (RFC 8945 §6). */
export function algorithmName(algorithm: TsigAlgorithm): ZoneName {
  return zoneName(algorithm)
}

/** Reads the TSIG under the cursor. @throws MalformedMessageError */
export function readTsig(record: RecordCursor): TsigRecord {
  const {message, end} = record
  const {name: key} = readName(message, record.owner)
  const {name: algorithm, end: at} = readName(message, record.rdata)
  const macEnd = at + 10 + uint16(message, at + 8)
  const otherEnd = macEnd + 6 + uint16(message, macEnd + 4)
  if (otherEnd !== end || record.class !== Class.ANY || record.ttl !== 0)
    throw new MalformedMessageError('the TSIG is malformed')
  return {
    start: record.owner,
    key,
    algorithm,
    timeSigned: uint16(message, at) * 2 ** 32 + uint32(message, at + 2),
    fudge: uint16(message, at + 6),
    mac: message.slice(at + 10, macEnd),
    originalId: uint16(message, macEnd),
    error: uint16(message, macEnd + 2),
    other: message.slice(macEnd + 6, end),
  }
}

/** The TSIG of a message, which is its last record or not there (RFC 8945 §5.1). @throws MalformedMessageError */
export function findTsig(message: Uint8Array): TsigRecord | undefined {
  const {questions, answers, authorities, additionals} = readHeader(message)
  if (additionals === 0) return undefined
  const count = answers + authorities + additionals
  const record = new RecordCursor(message, skipQuestions(message, questions), count)
  for (let i = 1; record.next(); i++) {
    if (record.type !== Type.TSIG) continue
    if (i !== count || record.end !== message.length) {
      throw new MalformedMessageError('the TSIG is not the last record')
    }
    return readTsig(record)
  }
  return undefined
}

/**
 * The message as it was before it was signed (RFC 8945 §4.3.2): without the record, with the original ID. A view of the
 * same bytes, whose header is changed in place.
 */
export function stripTsig(message: Uint8Array, tsig: TsigRecord): Uint8Array {
  setUint16(message, 0, tsig.originalId)
  setUint16(message, 10, uint16(message, 10) - 1)
  return message.subarray(0, tsig.start)
}

/** The record to be put behind a message, whose ARCOUNT counts it. */
export function encodeTsig(tsig: Omit<TsigRecord, 'start'>): Uint8Array {
  const key = nameToWire(tsig.key)
  const algorithm = nameToWire(tsig.algorithm)
  const rest = new Uint8Array(16 + tsig.mac.length + tsig.other.length)
  writeTimers(rest, 0, tsig)
  setUint16(rest, 8, tsig.mac.length)
  rest.set(tsig.mac, 10)
  const at = 10 + tsig.mac.length
  setUint16(rest, at, tsig.originalId)
  setUint16(rest, at + 2, tsig.error)
  setUint16(rest, at + 4, tsig.other.length)
  rest.set(tsig.other, at + 6)
  const fixed = new Uint8Array(10)
  setUint16(fixed, 0, Type.TSIG)
  setUint16(fixed, 2, Class.ANY)
  setUint16(fixed, 8, algorithm.length + rest.length)
  return Buffer.concat([key, fixed, algorithm, rest])
}

/** RFC 8945 §4.3.3: what is hashed of the TSIG of the first message of an exchange. */
export function tsigVariables(tsig: Omit<TsigRecord, 'start'>): Uint8Array {
  const key = nameToWire(tsig.key)
  const algorithm = nameToWire(tsig.algorithm)
  const fixed = new Uint8Array(6)
  setUint16(fixed, 0, Class.ANY)
  const rest = new Uint8Array(12 + tsig.other.length)
  writeTimers(rest, 0, tsig)
  setUint16(rest, 8, tsig.error)
  setUint16(rest, 10, tsig.other.length)
  rest.set(tsig.other, 12)
  return Buffer.concat([key, fixed, algorithm, rest])
}

/** RFC 8945 §5.3.1: what is hashed of the TSIGs that follow. */
export function tsigTimers(tsig: Pick<TsigRecord, 'timeSigned' | 'fudge'>): Uint8Array {
  const timers = new Uint8Array(8)
  writeTimers(timers, 0, tsig)
  return timers
}

function writeTimers(target: Uint8Array, at: number, tsig: Pick<TsigRecord, 'timeSigned' | 'fudge'>): void {
  setUint16(target, at, Math.floor(tsig.timeSigned / 2 ** 32))
  setUint32(target, at + 2, tsig.timeSigned >>> 0)
  setUint16(target, at + 6, tsig.fudge)
}
