import {MAX_CANONICAL_BYTES, writeAlone} from './canonical.js'
import {messageOf, recordAt} from './places.js'
import {readHeader} from './wire.js'

/** The records of a transfer: its messages, and where in them each record is (`placeOf`). */
export interface Records {
  messages: readonly Uint8Array[]
  places: readonly number[]
}

/** Each uncompressed, as it would be in a message of its own. */
export interface ChangedRecords {
  removed: Buffer[]
  added: Buffer[]
}

const ID_BYTES = 2
/** Records between two occasions to let other work in. */
const STRETCH = 2000

const one = Buffer.alloc(MAX_CANONICAL_BYTES)
const other = Buffer.alloc(MAX_CANONICAL_BYTES)

/**
 * The records that only one of two transfers has, however they are ordered and compressed; undefined where either has more than
 * `most` of them. Most of a zone stays, and stays in its place: only what is between the first difference and the last is looked
 * up; the SOA, which is first and always another, does not count for that. Yields now and then.
 * @throws MalformedMessageError
 */
export function* changedRecords(
  before: Records,
  after: Records,
  most: number,
): Generator<void, ChangedRecords | undefined> {
  const head = yield* sameFrom(before, after, 1)
  const tail = yield* sameUpTo(before, after, head)
  const left = new Map([[textOf(before, 0), 1]])
  for (let at = head; at < before.places.length - tail; at++) {
    const text = textOf(before, at)
    left.set(text, (left.get(text) ?? 0) + 1)
    if (at % STRETCH === 0) yield
  }
  const added: string[] = []
  const see = (text: string) => {
    const count = left.get(text) ?? 0
    if (count === 0) added.push(text)
    else if (count === 1) left.delete(text)
    else left.set(text, count - 1)
  }
  see(textOf(after, 0))
  for (let at = head; at < after.places.length - tail; at++) {
    see(textOf(after, at))
    if (added.length > most) return undefined
    if (at % STRETCH === 0) yield
  }
  if (left.size > most) return undefined
  const removed = [...left].flatMap(([text, count]) => Array<string>(count).fill(text))
  return {removed: removed.map(bytesOf), added: added.map(bytesOf)}
}

/** The first record from `at` on that is not the same in both, counted from the beginning. */
function* sameFrom(before: Records, after: Records, at: number): Generator<void, number> {
  const end = Math.min(before.places.length, after.places.length)
  for (let steps = 1; at < end; steps++) {
    const whole = startsMessage(before, at) && startsMessage(after, at)
    const same = whole ? inSameMessage(before, at, after, at) : 0
    if (same > 0 && at + same <= end) at += same
    else if (isSame(before, at, after, at)) at += 1
    else return at
    if (steps % STRETCH === 0) yield
  }
  return at
}

/** How many records at the end are the same in both; those before `head` have their partners already. */
function* sameUpTo(before: Records, after: Records, head: number): Generator<void, number> {
  const most = Math.min(before.places.length, after.places.length) - head
  let tail = 0
  for (let steps = 1; tail < most; steps++) {
    const [one, other] = [before.places.length - tail - 1, after.places.length - tail - 1]
    const whole = startsMessage(before, one + 1) && startsMessage(after, other + 1)
    const same = whole ? inSameMessage(before, one, after, other) : 0
    if (same > 0 && tail + same <= most) tail += same
    else if (isSame(before, one, after, other)) tail += 1
    else return tail
    if (steps % STRETCH === 0) yield
  }
  return tail
}

function startsMessage({places}: Records, at: number): boolean {
  return messageOf(places[at] ?? 0) !== messageOf(places[at - 1] ?? 0)
}

/** How many records there are in the messages that these two are in, where the messages are equal but for their IDs; else 0. */
function inSameMessage(before: Records, at: number, after: Records, there: number): number {
  const first = before.messages[messageOf(before.places[at] ?? 0)]
  const second = after.messages[messageOf(after.places[there] ?? 0)]
  if (!first || !second || first.length !== second.length) return 0
  if (Buffer.compare(first.subarray(ID_BYTES), second.subarray(ID_BYTES)) !== 0) return 0
  return readHeader(first).answers
}

function isSame(before: Records, at: number, after: Records, there: number): boolean {
  const length = write(before, at, one)
  return length === write(after, there, other) && one.compare(other, 0, length, 0, length) === 0
}

function textOf(records: Records, at: number): string {
  return one.toString('latin1', 0, write(records, at, one))
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function write({messages, places}: Records, at: number, target: Uint8Array): number {
  const place = places[at]
  if (place === undefined) throw new RangeError(`there is no record ${at}`)
  return writeAlone(recordAt(messages, place), target)
}
