import {RRSIG_FIXED_BYTES} from './canonical.js'
import {canonicalFormOf} from './canonical-form.js'
import {nameToWire, readName, skipName, type ZoneName} from './name.js'
import {ownerKey} from './owner-key.js'
import {placesByOwner, recordAt} from './places.js'
import {RecordCursor} from './record.js'
import {Class, setUint16, Type} from './wire.js'

/** One record's rdata in an RRset. */
export interface Rdata {
  /** Seconds. RFC 2181 §5.2 wants one for the whole RRset, but nobody enforces it. */
  ttl: number
  /** As it stands in its message, where names in it may be compressed. */
  record: Pick<RecordCursor, 'type' | 'message' | 'rdata' | 'end'>
  /** In canonical form (RFC 4034 §6.2). */
  canonical: Uint8Array
}

export interface Rrset {
  name: ZoneName
  /** `ownerKey` of the name: sorts in canonical order. */
  key: string
  type: number
  /** In canonical order (RFC 4034 §6.3), each rdata once. */
  rdatas: readonly Rdata[]
}

/**
 * The RRsets of a zone's transfer, in the canonical order of names (RFC 4034 §6.1) and by type, the apex's SOA first of all;
 * without the closing SOA and what is not in the zone.
 * @throws MalformedMessageError
 */
export function* rrsetsOf(zone: ZoneName, messages: readonly Uint8Array[]): Generator<Rrset> {
  const places = placesByOwner(zone, messages)
  let step = places.next()
  while (!step.done) step = places.next()
  for (const key of [...step.value.keys()].sort()) {
    const records = (step.value.get(key) ?? []).map((place) => recordAt(messages, place))
    yield* rrsetsOfOwner(key, records)
  }
}

function* rrsetsOfOwner(key: string, records: readonly RecordCursor[]): Generator<Rrset> {
  const [first] = records
  if (!first) return
  const {name} = readName(first.message, first.owner)
  const types = Map.groupBy(records, ({type}) => type)
  for (const [type, members] of [...types].sort(([a], [b]) => typeOrder(a) - typeOrder(b)))
    yield {name, key, type, rdatas: rdatasOf(members)}
}

/** The rdatas of records that are one RRset, in order. @throws MalformedMessageError */
export function rdatasOf(members: readonly RecordCursor[]): Rdata[] {
  return inOrder(members.map((record) => ({ttl: record.ttl, record, canonical: canonicalFormOf(record)})))
}

/** By number, but the SOA first. */
export function typeOrder(type: number): number {
  return type === Type.SOA ? 0 : type
}

/** An RRset of records that came in no message. */
export function rrsetOf(
  name: ZoneName,
  type: number,
  members: ReadonlyArray<{ttl: number; rdata: Uint8Array}>,
): Rrset {
  const rdatas = members.map(({ttl, rdata}) => {
    const record = recordOf(type, rdata)
    return {ttl, record, canonical: canonicalFormOf(record)}
  })
  return {name, key: ownerKey(nameToWire(name), 0), type, rdatas: inOrder(rdatas)}
}

/** In canonical order of RRsets, as `rrsetsOf` has them. */
export function byRrsetOrder(a: Pick<Rrset, 'key' | 'type'>, b: Pick<Rrset, 'key' | 'type'>): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1
  return typeOrder(a.type) - typeOrder(b.type)
}

/**
 * What tells one record of an RRset from another. Of an RRSIG it is all but the signature itself, because ECDSA makes another
 * one each time that an unchanged zone is signed.
 * @throws MalformedMessageError
 */
export function identityOf({record: {type}, canonical}: Rdata): Uint8Array {
  return type === Type.RRSIG ? canonical.subarray(0, skipName(canonical, RRSIG_FIXED_BYTES)) : canonical
}

function inOrder(rdatas: Rdata[]): Rdata[] {
  rdatas.sort((a, b) => Buffer.compare(a.canonical, b.canonical))
  return rdatas.filter((one, index) => {
    const before = rdatas[index - 1]
    return !before || Buffer.compare(before.canonical, one.canonical) !== 0
  })
}

/** A cursor on a record of the root with this rdata, names in it uncompressed. */
export function recordOf(type: number, rdata: Uint8Array): RecordCursor {
  const message = Buffer.alloc(1 + 10 + rdata.length)
  setUint16(message, 1, type)
  setUint16(message, 3, Class.IN)
  setUint16(message, 9, rdata.length)
  message.set(rdata, 11)
  const cursor = new RecordCursor(message, 0, 1)
  cursor.next()
  return cursor
}
