import {rrsetsOf} from '../dns/rrset.js'
import {typeName} from '../dns/types.js'
import {contentOf, type ZoneFileStyle, zoneFileLines} from '../dns/zone-file/lines.js'
import type {ZoneContents} from './zone-contents.js'

/** A record as people and scripts read it. */
export interface RecordText {
  name: string
  type: string
  /** Seconds. */
  ttl: number
  /** The rdata in presentation format, names absolute. */
  content: string
}

const PIECE_CHARACTERS = 65_536

/** The zone as a zone file, in pieces of some size: its SOA, then all in canonical order. @throws MalformedMessageError */
export function* zoneFilePieces({zone, messages}: ZoneContents, style: ZoneFileStyle): Generator<string> {
  let piece = ''
  for (const rrset of rrsetsOf(zone, messages)) {
    for (const line of zoneFileLines(rrset, style)) piece += `${line}\n`
    if (piece.length < PIECE_CHARACTERS) continue
    yield piece
    piece = ''
  }
  yield piece
}

/** The same as data. @throws MalformedMessageError */
export function recordsOf({zone, messages}: ZoneContents): RecordText[] {
  return [...rrsetsOf(zone, messages)].flatMap(({name, type, rdatas}) =>
    rdatas.map((rdata) => ({name, type: typeName(type), ttl: rdata.ttl, content: contentOf(rdata)})),
  )
}
