import {nameToWire, type ZoneName, zoneName} from '../../../src/lib/dns/name.js'
import {setUint16, setUint32} from '../../../src/lib/dns/wire.js'

export const ZONE = zoneName('example.test')
/** A pointer to the name in the question. */
export const APEX = Uint8Array.of(0xc0, 12)

export function wire(name: string): Uint8Array {
  return nameToWire(zoneName(name))
}

/** A record; its owner is given in wire form, so that it may be compressed or wrong. */
export function record(owner: Uint8Array, type: number, rdata: Uint8Array, ttl = 3600): Uint8Array {
  const fixed = new Uint8Array(10)
  setUint16(fixed, 0, type)
  setUint16(fixed, 2, 1)
  setUint32(fixed, 4, ttl)
  setUint16(fixed, 8, rdata.length)
  return Buffer.concat([owner, fixed, rdata])
}

/** Its names are compressed against the question. */
export function soaRdata(serial: number): Uint8Array {
  const numbers = new Uint8Array(20)
  for (const [i, value] of [serial, 10_800, 3600, 604_800, 300].entries()) setUint32(numbers, i * 4, value)
  return Buffer.concat([Buffer.from('\x03ns1'), APEX, Buffer.from('\x04host'), APEX, numbers])
}

export function soa(serial = 1): Uint8Array {
  return record(APEX, 6, soaRdata(serial))
}

export function a(host: string, last = 1): Uint8Array {
  const owner = Buffer.concat([Buffer.of(host.length), Buffer.from(host), APEX])
  return record(owner, 1, Uint8Array.of(192, 0, 2, last))
}

export interface RrsigFields {
  covered?: number
  keyTag?: number
  inception?: number
  expiration?: number
  signature?: Uint8Array
}

export function rrsigRdata(fields: RrsigFields = {}): Uint8Array {
  const {covered = 6, keyTag = 12_345, inception = 100, expiration = 200} = fields
  const fixed = new Uint8Array(18)
  setUint16(fixed, 0, covered)
  fixed[2] = 13
  fixed[3] = 2
  setUint32(fixed, 4, 3600)
  setUint32(fixed, 8, expiration)
  setUint32(fixed, 12, inception)
  setUint16(fixed, 16, keyTag)
  return Buffer.concat([fixed, wire('example.test'), fields.signature ?? new Uint8Array(64).fill(7)])
}

export function rrsig(fields: RrsigFields = {}, owner: Uint8Array = APEX): Uint8Array {
  return record(owner, 46, rrsigRdata(fields))
}

export interface MessageFields {
  id?: number
  flags?: number
  /** Undefined: the question for an AXFR of `ZONE`; empty: none. */
  question?: Uint8Array
  authorities?: readonly Uint8Array[]
  additionals?: readonly Uint8Array[]
}

export function question(zone: ZoneName = ZONE, type = 252, qclass = 1): Uint8Array {
  return Buffer.concat([nameToWire(zone), Buffer.of(type >>> 8, type, qclass >>> 8, qclass)])
}

export function message(answers: readonly Uint8Array[], fields: MessageFields = {}): Uint8Array {
  const {id = 7, flags = 0x8400, authorities = [], additionals = []} = fields
  const asked = fields.question ?? question()
  const header = new Uint8Array(12)
  setUint16(header, 0, id)
  setUint16(header, 2, flags)
  setUint16(header, 4, asked.length > 0 ? 1 : 0)
  setUint16(header, 6, answers.length)
  setUint16(header, 8, authorities.length)
  setUint16(header, 10, additionals.length)
  // Exactly its bytes, in memory of its own: a test may change them.
  return Uint8Array.from(Buffer.concat([header, asked, ...answers, ...authorities, ...additionals]))
}
