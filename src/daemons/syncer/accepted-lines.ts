import type {ZoneName} from '../../lib/dns/name.js'
import {Accepted, type AcceptedEntry} from '../../lib/sync/apply/accepted.js'
import {InvalidZoneKeyError, zoneKey, zoneOfKey} from '../../lib/zone/key.js'

const HEAD = /^pdist accepted 1 (\d{1,16})$/
const LINE = /^(\d{1,16}) ([+-]) (\S+)$/
const FLOOR = /^(\d{1,16}) \*$/

/** `<sequence> + <zone key>`, with `-` for a deleted zone. */
export function lineOf(zone: ZoneName, {sequence, gone}: AcceptedEntry): string {
  return `${sequence} ${gone ? '-' : '+'} ${zoneKey(zone)}\n`
}

/** The text of the file, in pieces of so many lines: a head with the time of its beginning, the floor, a line for each zone. */
export function* linesOf(accepted: Accepted, atOnce: number): Generator<string> {
  let text = `pdist accepted 1 ${accepted.since}\n${accepted.floor} *\n`
  let lines = 0
  for (const [zone, entry] of accepted) {
    text += lineOf(zone, entry)
    if (++lines % atOnce > 0) continue
    yield text
    text = ''
  }
  yield text
}

/**
 * Reads the file. Lines that mean nothing are left out, as is a last one without its end, which a crash left; of a zone counts
 * the largest sequence, wherever it is. Throws a SyntaxError where the head is none of ours.
 */
export function parseAccepted(text: string): Accepted {
  const [head = '', ...lines] = text.split('\n').slice(0, -1)
  const since = HEAD.exec(head)?.[1]
  if (since === undefined) throw new SyntaxError('the file does not begin as one of pdist does')
  const accepted = new Accepted({since: Number(since)})
  for (const line of lines) readLine(accepted, line)
  return accepted
}

function readLine(accepted: Accepted, line: string): void {
  const floor = FLOOR.exec(line)?.[1]
  if (floor !== undefined) accepted.raiseFloor(Number(floor))
  const [, sequence, sign, key = ''] = LINE.exec(line) ?? []
  if (sequence === undefined) return
  try {
    accepted.note(zoneOfKey(key), {sequence: Number(sequence), gone: sign === '-'})
  } catch (error) {
    if (!(error instanceof InvalidZoneKeyError)) throw error
  }
}
