import {MIN_UDP_BYTES, optRecord, UDP_BYTES} from './edns.js'
import type {Envelope, Query} from './query.js'
import type {SoaAnswer} from './soa.js'
import {Class, Flag, HEADER_BYTES, MAX_MESSAGE_BYTES, Rcode, setUint16, setUint32, Type} from './wire.js'

const NO_RECORDS: readonly Uint8Array[] = []

/** An answer without records. Echoes the question where it could be read. */
export function errorAnswer(envelope: Envelope, rcode: number): Uint8Array {
  return answer(envelope, {flags: 0, rcode, records: NO_RECORDS})
}

/** The authoritative answer to a SOA query, with the RRSIGs where the client sets DO. */
export function soaAnswer(query: Query, soa: SoaAnswer): Uint8Array {
  const records = [record(Type.SOA, soa.ttl, soa.rdata)]
  if (query.edns?.dnssec) {
    for (const {ttl, rdata} of soa.signatures) records.push(record(Type.RRSIG, ttl, rdata))
  }
  return answer(query, {flags: Flag.AA, rcode: Rcode.NOERROR, records})
}

/** The acknowledgement of a NOTIFY: its ID and its question, without records (RFC 1996 §4.7). */
export function notifyAnswer(envelope: Envelope): Uint8Array {
  return answer(envelope, {flags: Flag.AA, rcode: Rcode.NOERROR, records: NO_RECORDS})
}

/** An empty answer with TC: ask again over TCP (RFC 2181 §9). */
export function truncatedAnswer(envelope: Envelope): Uint8Array {
  return answer(envelope, {flags: Flag.AA | Flag.TC, rcode: Rcode.NOERROR, records: NO_RECORDS})
}

/** The largest answer in bytes that the client takes on this transport. */
export function answerLimit(envelope: Envelope, transport: 'udp' | 'tcp'): number {
  if (transport === 'tcp') return MAX_MESSAGE_BYTES
  return envelope.edns ? Math.min(UDP_BYTES, envelope.edns.udpBytes) : MIN_UDP_BYTES
}

interface Contents {
  flags: number
  rcode: number
  records: readonly Uint8Array[]
}

function answer(envelope: Envelope, {flags, rcode, records}: Contents): Uint8Array {
  const {edns, question} = envelope
  const header = new Uint8Array(HEADER_BYTES)
  setUint16(header, 0, envelope.id)
  setUint16(header, 2, Flag.QR | envelope.flags | flags | (rcode & 0xf))
  setUint16(header, 4, question.length > 0 ? 1 : 0)
  setUint16(header, 6, records.length)
  setUint16(header, 10, edns ? 1 : 0)
  const opt = edns ? [optRecord({dnssec: edns.dnssec, extendedRcode: rcode})] : NO_RECORDS
  return Buffer.concat([header, question, ...records, ...opt])
}

/** A record of the name in the question, to which a pointer leads (RFC 1035 §4.1.4). */
function record(type: number, ttl: number, rdata: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + rdata.length)
  setUint16(bytes, 0, 0xc000 | HEADER_BYTES)
  setUint16(bytes, 2, type)
  setUint16(bytes, 4, Class.IN)
  setUint32(bytes, 6, ttl)
  setUint16(bytes, 10, rdata.length)
  bytes.set(rdata, 12)
  return bytes
}
