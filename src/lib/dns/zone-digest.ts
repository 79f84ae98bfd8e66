import {createHash, type Hash} from 'node:crypto'
import {canonicalFormOf} from './canonical-form.js'
import {copyName, MAX_NAME_BYTES, nameToWire, type ZoneName} from './name.js'
import {ownerKey} from './owner-key.js'
import {answersOf, RecordCursor} from './record.js'
import {Class, MalformedMessageError, setUint16, setUint32, Type, uint16} from './wire.js'

export type ZoneHash = 'sha384' | 'sha512'

interface CanonicalRecord {
  type: number
  ttl: number
  rdata: Uint8Array
}

/** No message is longer, so a record's message and offset fit into one number. */
const OFFSETS = 65_536
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
  const owners = yield* recordsByOwner(zone, messages)
  const hashes = algorithms.map((algorithm) => createHash(algorithm))
  let steps = 0
  for (const key of [...owners.keys()].sort()) {
    hashOwner(messages, owners.get(key) ?? [], hashes)
    if (++steps % OWNERS_PER_STEP === 0) yield
  }
  return hashes.map((hash) => hash.digest())
}

/** Where the records that count are, by the key of their owner. */
function* recordsByOwner(
  zone: ZoneName,
  messages: readonly Uint8Array[],
): Generator<void, Map<string, number[]>> {
  const apex = ownerKey(nameToWire(zone), 0)
  const owners = new Map<string, number[]>()
  for (const [index, message] of messages.entries()) {
    const record = answersOf(message)
    while (record.next()) {
      const key = ownerKey(message, record.owner)
      if (!key.startsWith(apex) || (key === apex && isAboutDigest(record))) continue
      const found = owners.get(key)
      const place = index * OFFSETS + record.owner
      if (found) found.push(place)
      else owners.set(key, [place])
    }
    yield
  }
  return owners
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
  return scratch.subarray(0, copyName(messageOf(messages, place), place % OFFSETS, scratch, 0))
}

function canonicalAt(messages: readonly Uint8Array[], place: number): CanonicalRecord {
  const record = new RecordCursor(messageOf(messages, place), place % OFFSETS, 1)
  record.next()
  return {type: record.type, ttl: record.ttl, rdata: canonicalFormOf(record)}
}

function messageOf(messages: readonly Uint8Array[], place: number): Uint8Array {
  const message = messages[Math.floor(place / OFFSETS)]
  if (!message) throw new MalformedMessageError(`there is no message ${Math.floor(place / OFFSETS)}`)
  return message
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
