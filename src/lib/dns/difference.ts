import {changedRecords, type Records} from './changed-records.js'
import {nameToWire, readName, type ZoneName} from './name.js'
import {ownerKey} from './owner-key.js'
import {placeOf, recordAt} from './places.js'
import {answersOf, type RecordCursor} from './record.js'
import {type Rrset, rdatasOf} from './rrset.js'
import {isNewer, type Serial} from './serial.js'
import {readSoa} from './soa.js'
import {MalformedMessageError, readHeader, Type} from './wire.js'

/** What leads from one version of a zone to a newer one: the RRsets that changed, as they are now; without rdatas where there is none. */
export type Difference = ReadonlyArray<Omit<Rrset, 'key'>>

/**
 * Types whose records mean nothing to PowerDNS but their contents. By number PTR, MX, TXT, SRV, NAPTR, SSHFP, TLSA, SPF and CAA;
 * of NS only the apex's (`isPlain`).
 */
const PLAIN_TYPES = new Set([
  Type.A,
  Type.NS,
  Type.CNAME,
  Type.SOA,
  Type.AAAA,
  12,
  15,
  16,
  33,
  35,
  44,
  52,
  99,
  257,
])
/** With more changes a transfer is as good. */
const MOST_RECORDS = 100
/** So many at once PowerDNS takes from its API in half of the time that it takes to transfer them. */
const MOST_NEW_RECORDS = 1000
/** As text they are some times larger, and PowerDNS's web server takes 2 MB. */
const MOST_NEW_BYTES = 256 * 1024
/** Records between two occasions to let other work in. */
const STRETCH = 2000

/**
 * What changed between two versions of an unsigned zone, given as the messages of their transfers; undefined where a PowerDNS whose
 * RRsets are replaced one by one might not end up with the same database as one that transfers the whole zone. With a whole zone it
 * adds empty non-terminals and marks what is below a delegation; with an RRset it does neither. Yields now and then.
 * @throws MalformedMessageError
 */
export function* differenceOf(
  zone: ZoneName,
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
): Generator<void, Difference | undefined> {
  const former = yield* contentsOf(zone, before)
  const latter = yield* contentsOf(zone, after)
  if (!isNewer(serialOf(latter), serialOf(former))) return undefined
  const changed = yield* changedRecords(former, latter, MOST_RECORDS)
  if (!changed) return undefined
  const [removed, added] = [changed.removed.map(cursorOn), changed.added.map(cursorOn)]
  const all = [...removed, ...added]
  if (!all.every((record) => isPlain(record, former) && isPlain(record, latter))) return undefined
  if (!(yield* keepsTheTree(former, latter, keysOf(removed), keysOf(added)))) return undefined
  return yield* asTheyAreNow(all, latter)
}

/** What leads from nothing to a version of an unsigned zone, likewise. */
export function* creationOf(
  zone: ZoneName,
  messages: readonly Uint8Array[],
): Generator<void, Difference | undefined> {
  const answers = messages.reduce((sum, message) => sum + readHeader(message).answers, 0)
  const bytes = messages.reduce((sum, {length}) => sum + length, 0)
  // The SOA is there twice.
  if (answers - 1 > MOST_NEW_RECORDS || bytes > MOST_NEW_BYTES) return undefined
  const contents = yield* contentsOf(zone, messages)
  const {places, apex} = contents
  const records = places.map((place) => recordAt(messages, place))
  if (!records.every((record) => isPlain(record, contents))) return undefined
  const owners = keysOf(records)
  const isUnbroken = (key: string) => namesAbove(key, apex).every((name) => owners.has(name))
  return [...owners].every(isUnbroken) ? yield* asTheyAreNow(records, contents) : undefined
}

interface Contents extends Records {
  /** `ownerKey`s. */
  apex: string
  delegated: ReadonlySet<string>
}

/** The records without the closing SOA. */
function* contentsOf(zone: ZoneName, messages: readonly Uint8Array[]): Generator<void, Contents> {
  const apex = ownerKey(nameToWire(zone), 0)
  const places: number[] = []
  const delegated = new Set<string>()
  for (const [index, message] of messages.entries()) {
    const record = answersOf(message)
    while (record.next()) {
      places.push(placeOf(index, record))
      if (record.type === Type.NS) delegated.add(keyOf(record))
    }
    yield
  }
  places.pop()
  delegated.delete(apex)
  return {messages, places, apex, delegated}
}

function serialOf({messages, places: [first]}: Contents): Serial {
  const soa = first === undefined ? undefined : recordAt(messages, first)
  if (soa?.type !== Type.SOA) throw new MalformedMessageError('the transfer does not begin with its SOA')
  return readSoa(soa).serial
}

/** Of a type that changes nothing else, in the zone, and neither a delegation nor below one. */
function isPlain(record: RecordCursor, {apex, delegated}: Contents): boolean {
  const key = keyOf(record)
  if (!PLAIN_TYPES.has(record.type) || !key.startsWith(apex)) return false
  return ![key, ...namesAbove(key, apex)].some((name) => delegated.has(name))
}

/** Whether no name becomes an empty non-terminal, or ceases to be one. */
function* keepsTheTree(
  former: Contents,
  latter: Contents,
  losing: ReadonlySet<string>,
  gaining: ReadonlySet<string>,
): Generator<void, boolean> {
  // What both loses and gains records has some before and after.
  const doubtful = [...losing, ...gaining].filter((key) => losing.has(key) !== gaining.has(key))
  if (doubtful.length === 0) return true
  const above = new Map(doubtful.map((key) => [key, namesAbove(key, former.apex)]))
  const wanted = new Set([...above].flatMap(([key, names]) => [key, ...names]))
  const before = yield* lookFor(wanted, former)
  const after = yield* lookFor(wanted, latter)
  const isThere = (key: string) => before.owners.has(key) && after.owners.has(key)
  const isLeaf = (key: string) => !before.parents.has(key) && !after.parents.has(key)
  return [...above].every(([key, names]) => isThere(key) || (isLeaf(key) && names.every(isThere)))
}

interface Sighting {
  /** Those that have records. */
  owners: Set<string>
  /** Those below which there are records. */
  parents: Set<string>
}

function* lookFor(
  wanted: ReadonlySet<string>,
  {messages, places, apex}: Contents,
): Generator<void, Sighting> {
  const owners = new Set<string>()
  const parents = new Set<string>()
  for (const [at, place] of places.entries()) {
    const key = keyOf(recordAt(messages, place))
    if (wanted.has(key)) owners.add(key)
    for (const name of namesAbove(key, apex)) if (wanted.has(name)) parents.add(name)
    if (at % STRETCH === 0) yield
  }
  return {owners, parents}
}

/** The RRsets of these records, as they are now; undefined where PowerDNS's API has no words for one of them. */
function* asTheyAreNow(
  changed: readonly RecordCursor[],
  {messages, places}: Contents,
): Generator<void, Difference | undefined> {
  const found = new Map<string, {name: ZoneName; type: number; members: RecordCursor[]}>()
  for (const record of changed) {
    const {name} = readName(record.message, record.owner)
    found.set(rrsetKeyOf(record), {name, type: record.type, members: []})
  }
  const types = new Set(changed.map(({type}) => type))
  for (const [at, place] of places.entries()) {
    const record = recordAt(messages, place)
    if (types.has(record.type)) found.get(rrsetKeyOf(record))?.members.push(record)
    if (at % STRETCH === 0) yield
  }
  const rrsets = [...found.values()].map((rrset) => ({...rrset, rdatas: rdatasOf(rrset.members)}))
  return rrsets.every(isOrderly) ? rrsets.map(({name, type, rdatas}) => ({name, type, rdatas})) : undefined
}

/** With one TTL, and each record once: PowerDNS's API cannot say otherwise. */
function isOrderly({members, rdatas}: {members: readonly RecordCursor[]; rdatas: Rrset['rdatas']}): boolean {
  return members.length === rdatas.length && members.every(({ttl}) => ttl === members[0]?.ttl)
}

function keysOf(records: readonly RecordCursor[]): Set<string> {
  return new Set(records.map(keyOf))
}

function keyOf({message, owner}: RecordCursor): string {
  return ownerKey(message, owner)
}

function rrsetKeyOf(record: RecordCursor): string {
  return `${record.type} ${keyOf(record)}`
}

/** The names between a name and the apex, both left out. */
function namesAbove(key: string, apex: string): string[] {
  const names: string[] = []
  let end = key.indexOf('\0', apex.length) + 1
  for (; end > 0 && end < key.length; end = key.indexOf('\0', end) + 1) names.push(key.slice(0, end))
  return names
}

function cursorOn(record: Uint8Array): RecordCursor {
  return recordAt([record], 0)
}
