import {nameToWire, type ZoneName} from './name.js'
import {ownerKey} from './owner-key.js'
import {answersOf, RecordCursor} from './record.js'
import {MalformedMessageError} from './wire.js'

/** No message is longer, so a record's message and offset fit into one number. */
const OFFSETS = 65_536

/**
 * Where the records of a zone are in the messages of its transfer, by `ownerKey`; without what is not in the zone, and without
 * what does not count. Holds a text for each owner and a number for each record. Yields behind each message.
 * @throws MalformedMessageError
 */
export function* placesByOwner(
  zone: ZoneName,
  messages: readonly Uint8Array[],
  counts: (record: RecordCursor, isApex: boolean) => boolean = () => true,
): Generator<void, Map<string, number[]>> {
  const apex = ownerKey(nameToWire(zone), 0)
  const owners = new Map<string, number[]>()
  for (const [index, message] of messages.entries()) {
    const record = answersOf(message)
    while (record.next()) {
      const key = ownerKey(message, record.owner)
      if (!key.startsWith(apex) || !counts(record, key === apex)) continue
      const found = owners.get(key)
      const place = placeOf(index, record)
      if (found) found.push(place)
      else owners.set(key, [place])
    }
    yield
  }
  return owners
}

/** Where a record is: in which message, counted from zero, and where in it. */
export function placeOf(index: number, {owner}: Pick<RecordCursor, 'owner'>): number {
  return index * OFFSETS + owner
}

/** The index of the message that a place is in. */
export function messageOf(place: number): number {
  return Math.floor(place / OFFSETS)
}

/** A cursor on the record at a place. @throws MalformedMessageError */
export function recordAt(messages: readonly Uint8Array[], place: number): RecordCursor {
  const message = messages[messageOf(place)]
  if (!message) throw new MalformedMessageError(`there is no message ${messageOf(place)}`)
  const record = new RecordCursor(message, place % OFFSETS, 1)
  record.next()
  return record
}
