import {type Edns, optRecord, readEdns} from './edns.js'
import {nameToWire, readName, type ZoneName} from './name.js'
import {RecordCursor} from './record.js'
import {readTsig, type TsigRecord} from './tsig-record.js'
import {
  Class,
  Flag,
  HEADER_BYTES,
  type Header,
  MalformedMessageError,
  Opcode,
  Rcode,
  readHeader,
  setUint16,
  Type,
  uint16,
} from './wire.js'

export interface QueryOptions {
  id: number
  name: ZoneName
  type: number
  /** Ask for RRSIGs. */
  dnssec?: boolean
  /** Ask for the name server's identifier (RFC 5001): a query that PowerDNS never answers from its packet cache. */
  nsid?: boolean
}

/** A query for one question in class IN, recursion not desired; with EDNS where `dnssec` or `nsid` needs it. */
export function encodeQuery({id, name, type, dnssec = false, nsid = false}: QueryOptions): Uint8Array {
  const wire = nameToWire(name)
  const opt = dnssec || nsid ? optRecord({dnssec, nsid}) : new Uint8Array(0)
  const end = HEADER_BYTES + wire.length
  const message = new Uint8Array(end + 4 + opt.length)
  setUint16(message, 0, id)
  setUint16(message, 4, 1)
  setUint16(message, 10, opt.length > 0 ? 1 : 0)
  message.set(wire, HEADER_BYTES)
  setUint16(message, end, type)
  setUint16(message, end + 2, Class.IN)
  message.set(opt, end + 4)
  return message
}

/** What an answer takes over from its query. */
export interface Envelope {
  id: number
  /** Opcode, RD and CD of the query, in their places. */
  flags: number
  /** The question section byte for byte, so that its letter case comes back; empty where it could not be read. */
  question: Uint8Array
  edns?: Edns
}

export interface Query extends Envelope {
  name: ZoneName
  type: number
  class: number
  tsig?: TsigRecord
}

export type QueryReading =
  | {is: 'query'; query: Query}
  | {is: 'error'; envelope: Envelope; rcode: number; reason: string}
  /** Nothing that could be answered: not even a header, or itself an answer (two servers would answer each other for ever). */
  | {is: 'noise'; reason: string}

const ECHOED_FLAGS = 0x7800 | Flag.RD | Flag.CD

/** Reads a query. Never throws: hostile bytes give an error to answer, or noise. */
export function readQuery(message: Uint8Array): QueryReading {
  return readRequest(message, {opcode: Opcode.QUERY, maxAnswers: 0})
}

export interface RequestKind {
  opcode: number
  /** The most records that its answer section may have. */
  maxAnswers: number
}

/** As `readQuery`, for any kind of request that has one question. */
export function readRequest(message: Uint8Array, kind: RequestKind): QueryReading {
  if (message.length < HEADER_BYTES) return {is: 'noise', reason: 'shorter than a header'}
  const header = readHeader(message)
  if (header.flags & Flag.QR) return {is: 'noise', reason: 'an answer, not a query'}
  const envelope: Envelope = {id: header.id, flags: header.flags & ECHOED_FLAGS, question: new Uint8Array(0)}
  if (header.opcode !== kind.opcode) {
    return {is: 'error', envelope, rcode: Rcode.NOTIMP, reason: `opcode ${header.opcode}`}
  }
  try {
    return readQuestion(message, header, envelope, kind.maxAnswers)
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error
    return {is: 'error', envelope, rcode: Rcode.FORMERR, reason: error.message}
  }
}

function readQuestion(
  message: Uint8Array,
  header: Header,
  envelope: Envelope,
  maxAnswers: number,
): QueryReading {
  if (header.questions !== 1) throw new MalformedMessageError(`${header.questions} questions`)
  if (header.answers > maxAnswers) throw new MalformedMessageError(`${header.answers} answers`)
  const {name, end} = readName(message, HEADER_BYTES)
  if (end + 4 > message.length) throw new MalformedMessageError('the question is cut short')
  envelope.question = message.subarray(HEADER_BYTES, end + 4)
  const query: Query = Object.assign(envelope, {
    name,
    type: uint16(message, end),
    class: uint16(message, end + 2),
  })
  readAdditionals(message, header, query)
  if (query.edns && query.edns.version > 0) {
    return {is: 'error', envelope, rcode: Rcode.BADVERS, reason: `EDNS version ${query.edns.version}`}
  }
  return {is: 'query', query}
}

function readAdditionals(message: Uint8Array, header: Header, query: Query): void {
  const before = header.answers + header.authorities
  const count = before + header.additionals
  const record = new RecordCursor(message, HEADER_BYTES + query.question.length, count)
  for (let i = 1; record.next(); i++) {
    if (i <= before) continue
    if (record.type === Type.OPT) {
      if (query.edns) throw new MalformedMessageError('two OPT records')
      query.edns = readEdns(record)
    } else if (record.type === Type.TSIG) {
      if (i !== count) throw new MalformedMessageError('the TSIG is not the last record')
      query.tsig = readTsig(record)
    }
  }
  if (record.end !== message.length) throw new MalformedMessageError('bytes behind the last record')
}
