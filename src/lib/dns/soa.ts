import {canonicalRdata, RRSIG_FIXED_BYTES} from './canonical.js'
import {isNameAt, nameToWire, type ZoneName} from './name.js'
import {answersOf, type RecordCursor} from './record.js'
import type {Serial} from './serial.js'
import {MalformedMessageError, Type, uint16, uint32} from './wire.js'

/** The five numbers at the end of a SOA's rdata (RFC 1035 §3.3.13). */
export const SOA_NUMBERS_BYTES = 20

/** RFC 1035 §3.3.13; times are seconds. */
export interface Soa {
  serial: Serial
  refresh: number
  retry: number
  expire: number
  minimum: number
  ttl: number
  /** Uncompressed, names in lower case, so that it can be answered alone and compared. */
  rdata: Uint8Array
}

/** What identifies one RRSIG over the SOA; times are seconds since 1970 as on the wire (RFC 4034 §3.1). */
export interface SoaSignature {
  keyTag: number
  inception: number
  expiration: number
}

/** Everything that is answered to a SOA query. */
export interface SoaAnswer {
  ttl: number
  rdata: Uint8Array
  /** The RRSIGs over it, for a client that sets DO. */
  signatures: ReadonlyArray<{ttl: number; rdata: Uint8Array}>
}

/** Reads the SOA under the cursor. @throws MalformedMessageError */
export function readSoa(record: RecordCursor): Soa {
  const rdata = canonicalRdata(record)
  const at = rdata.length - SOA_NUMBERS_BYTES
  // Two names of at least one byte each stand before the numbers.
  if (at < 2) throw new MalformedMessageError('the SOA is cut short')
  return {
    serial: uint32(rdata, at),
    refresh: uint32(rdata, at + 4),
    retry: uint32(rdata, at + 8),
    expire: uint32(rdata, at + 12),
    minimum: uint32(rdata, at + 16),
    ttl: record.ttl,
    rdata,
  }
}

/** Reads the RRSIG under the cursor where it covers a SOA (its owner is not looked at). @throws MalformedMessageError */
export function readSoaSignature(record: RecordCursor): SoaSignature | undefined {
  const {message, rdata} = record
  if (record.type !== Type.RRSIG || uint16(message, rdata) !== Type.SOA) return undefined
  return {
    keyTag: uint16(message, rdata + 16),
    inception: uint32(message, rdata + 12),
    expiration: readExpiration(record),
  }
}

/** Until when the RRSIG under the cursor is valid, whatever it covers (RFC 4034 §3.1.5). @throws MalformedMessageError */
export function readExpiration({message, rdata, length}: RecordCursor): number {
  // The signer's name is one byte at least.
  if (length < RRSIG_FIXED_BYTES + 1) throw new MalformedMessageError(`the RRSIG at ${rdata} is cut short`)
  return uint32(message, rdata + 8)
}

/** The order in which signatures are compared: key tag, inception, expiration. */
export function bySignatureOrder(a: SoaSignature, b: SoaSignature): number {
  return a.keyTag - b.keyTag || a.inception - b.inception || a.expiration - b.expiration
}

/**
 * Finds what to answer to a SOA query in the messages of a transfer, which must begin with the zone's SOA. It stops as
 * soon as it has seen `signatures` RRSIGs over it, which a PowerDNS primary sends first of all.
 * @throws MalformedMessageError where there is no SOA of the zone or a signature is missing.
 */
export function soaAnswerOf(zone: ZoneName, messages: readonly Uint8Array[], signatures: number): SoaAnswer {
  const apex = nameToWire(zone)
  let soa: Soa | undefined
  const found: Array<{ttl: number; rdata: Uint8Array}> = []
  for (const message of messages) {
    const record = answersOf(message)
    while (record.next()) {
      if (record.type === Type.SOA && !soa && isNameAt(message, record.owner, apex)) soa = readSoa(record)
      else if (
        found.length < signatures &&
        readSoaSignature(record) &&
        isNameAt(message, record.owner, apex)
      ) {
        found.push({ttl: record.ttl, rdata: canonicalRdata(record)})
      }
      if (soa && found.length === signatures) return {ttl: soa.ttl, rdata: soa.rdata, signatures: found}
    }
  }
  throw new MalformedMessageError(`the messages do not hold the SOA of ${zone} with ${signatures} signatures`)
}
