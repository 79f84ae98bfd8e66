import {MAX_CANONICAL_BYTES, writeAlone} from './canonical.js'
import {recordAt} from './places.js'

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

/** Records between two occasions to let other work in. */
const STRETCH = 2000

const one = Buffer.alloc(MAX_CANONICAL_BYTES)
const other = Buffer.alloc(MAX_CANONICAL_BYTES)

/**
 * The records that only one of two transfers has, however they are ordered and compressed; undefined where either has more than
 * `most` of them. Most of a zone stays, and stays in its place: only what is between the first difference and the last is looked up.
 * Yields now and then.
 * @throws MalformedMessageError
 */
export function* changedRecords(
  before: Records,
  after: Records,
  most: number,
): Generator<void, ChangedRecords | undefined> {
  const shorter = Math.min(before.places.length, after.places.length)
  let head = 0
  for (; head < shorter && isSame(before, head, after, head); head++) if (head % STRETCH === 0) yield
  let tail = 1
  for (
    ;
    tail <= shorter - head && isSame(before, before.places.length - tail, after, after.places.length - tail);
    tail++
  )
    if (tail % STRETCH === 0) yield
  const left = new Map<string, number>()
  for (let at = head; at <= before.places.length - tail; at++) {
    const text = textOf(before, at)
    left.set(text, (left.get(text) ?? 0) + 1)
    if (at % STRETCH === 0) yield
  }
  const added: string[] = []
  for (let at = head; at <= after.places.length - tail; at++) {
    const text = textOf(after, at)
    const count = left.get(text) ?? 0
    if (count === 0) added.push(text)
    else if (count === 1) left.delete(text)
    else left.set(text, count - 1)
    if (added.length > most) return undefined
    if (at % STRETCH === 0) yield
  }
  if (left.size > most) return undefined
  const removed = [...left].flatMap(([text, count]) => Array<string>(count).fill(text))
  return {removed: removed.map(bytesOf), added: added.map(bytesOf)}
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
