import {createHash, type Hash} from 'node:crypto'
import {canonicalFormOf} from './canonical-form.js'
import {copyName, MAX_NAME_BYTES, type ZoneName} from './name.js'
import {placesByOwner, recordAt} from './places.js'
import type {RecordCursor} from './record.js'
import {Class, setUint16, setUint32, Type, uint16} from './wire.js'

export type ZoneHash = 'sha384' | 'sha512'

interface CanonicalRecord {
  type: number
  ttl: number
  rdata: Uint8Array
}

const OWNERS_PER_STEP = 64

const scratch = new Uint8Array(MAX_NAME_BYTES)

/**
 * The digests of a zone's records by the SIMPLE scheme (RFC 8976 §3.3): in canonical form and order (RFC 4034 §6), duplicates
 * once, without the apex ZONEMD RRset and its RRSIG, and without what is not in the zone. Yields now and then, because a large
 * zone takes seconds. Besides the messages it holds a text for each owner and a number for each record.
 * @throws MalformedMessageError
 */
export function* zoneDigests(
  zone: ZoneName,
  messages: readonly Uint8Array[],
  algorithms: readonly ZoneHash[],
): Generator<void, Buffer[]> {
  const owners = yield* placesByOwner(zone, messages, (record, isApex) => !(isApex && isAboutDigest(record)))
  const hashes = algorithms.map((algorithm) => createHash(algorithm))
  let steps = 0
  for (const key of [...owners.keys()].sort()) {
    hashOwner(messages, owners.get(key) ?? [], hashes)
    if (++steps % OWNERS_PER_STEP === 0) yield
  }
  return hashes.map((hash) => hash.digest())
}

/** Of the apex: what holds the digest cannot be digested (RFC 8976 §3.3.1.1). */
function isAboutDigest({type, message, rdata}: RecordCursor): boolean {
  return type === Type.ZONEMD || (type === Type.RRSIG && uint16(message, rdata) === Type.ZONEMD)
}

function hashOwner(
  messages: readonly Uint8Array[],
  places: readonly number[],
  hashes: readonly Hash[],
): void {
  const owner = ownerAt(messages, places[0] ?? 0)
  let before: CanonicalRecord | undefined
  for (const record of places.map((place) => canonicalAt(messages, place)).sort(canonicalOrder)) {
    if (before && isDuplicate(before, record)) continue
    const head = headOf(owner, record)
    for (const hash of hashes) hash.update(head).update(record.rdata)
    before = record
  }
}

/** Valid until the next call. */
function ownerAt(messages: readonly Uint8Array[], place: number): Uint8Array {
  const {message, owner} = recordAt(messages, place)
  return scratch.subarray(0, copyName(message, owner, scratch, 0))
}

function canonicalAt(messages: readonly Uint8Array[], place: number): CanonicalRecord {
  const record = recordAt(messages, place)
  return {type: record.type, ttl: record.ttl, rdata: canonicalFormOf(record)}
}

/** RFC 8976 §3.3.1: by type, then by rdata. The TTL counts only between duplicates, of which the first is taken. */
function canonicalOrder(a: CanonicalRecord, b: CanonicalRecord): number {
  return a.type - b.type || Buffer.compare(a.rdata, b.rdata) || a.ttl - b.ttl
}

function isDuplicate(a: CanonicalRecord, b: CanonicalRecord): boolean {
  return a.type === b.type && Buffer.compare(a.rdata, b.rdata) === 0
}

/** Everything before the rdata (RFC 4034 §6.2). */
function headOf(owner: Uint8Array, {type, ttl, rdata}: CanonicalRecord): Uint8Array {
  const head = new Uint8Array(owner.length + 10)
  head.set(owner)
  setUint16(head, owner.length, type)
  setUint16(head, owner.length + 2, Class.IN)
  setUint32(head, owner.length + 4, ttl)
  setUint16(head, owner.length + 8, rdata.length)
  return head
}
