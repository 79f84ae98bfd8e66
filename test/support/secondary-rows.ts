import {writeAlone} from '../../src/lib/dns/canonical.js'
import type {Difference} from '../../src/lib/dns/difference.js'
import {nameToWire, type ZoneName} from '../../src/lib/dns/name.js'
import {answersOf, RecordCursor} from '../../src/lib/dns/record.js'
import {Type} from '../../src/lib/dns/wire.js'
import {record} from '../unit/dns/messages.js'

interface Row {
  /** Labels in hex, from the last to the first: of a name below another one they begin with that one's. */
  owner: readonly string[]
  type: number
  wire: string
}

const ROOM = 70_000

/** What a secondary's PowerDNS has of a zone, row for row: from a whole transfer, and after changes of RRsets. */
export class SecondaryRows {
  readonly #apex: readonly string[]
  #rows: Row[]

  /** The closing SOA of the messages is left out. */
  constructor(zone: ZoneName, messages: readonly Uint8Array[]) {
    this.#apex = labelsOf(nameToWire(zone))
    this.#rows = messages.flatMap(rowsOf).slice(0, -1)
  }

  /** In any order. */
  get text(): string[] {
    return this.#rows.map(({wire}) => wire).sort()
  }

  /** Names that have no records, but names below them that have some. */
  get empty(): string[] {
    const above = this.#rows.flatMap(({owner}) =>
      owner.map((_, count) => textOf(owner.slice(0, count))).slice(this.#apex.length),
    )
    const owners = new Set(this.#rows.map(({owner}) => textOf(owner)))
    return [...new Set(above)].filter((name) => !owners.has(name)).sort()
  }

  /** The records at delegations and below them. */
  get delegated(): string[] {
    const cuts = this.#rows.filter(({owner, type}) => type === Type.NS && owner.length > this.#apex.length)
    const isBelow = ({owner}: Row) => cuts.some((cut) => cut.owner.every((label, at) => label === owner[at]))
    return this.#rows
      .filter(isBelow)
      .map(({wire}) => wire)
      .sort()
  }

  /** Replaces these RRsets, and looks at nothing else. */
  apply(difference: Difference): void {
    for (const rrset of difference) {
      const owner = textOf(labelsOf(nameToWire(rrset.name)))
      const added = wiresOf(rrset).flatMap((wire) => rowsOfRecords(new RecordCursor(wire, 0, 1)))
      const kept = this.#rows.filter((row) => row.type !== rrset.type || textOf(row.owner) !== owner)
      this.#rows = [...kept, ...added]
    }
  }
}

/** The records of a changed RRset as they would be in messages of their own. */
export function wiresOf({name, type, rdatas}: Difference[number]): Uint8Array[] {
  return rdatas.map(({ttl, record: {message, rdata, end}}) =>
    record(nameToWire(name), type, message.subarray(rdata, end), ttl),
  )
}

function rowsOf(message: Uint8Array): Row[] {
  return rowsOfRecords(answersOf(message))
}

function rowsOfRecords(cursor: RecordCursor): Row[] {
  const rows: Row[] = []
  const target = Buffer.alloc(ROOM)
  while (cursor.next()) {
    const wire = target.subarray(0, writeAlone(cursor, target))
    rows.push({owner: labelsOf(wire), type: cursor.type, wire: wire.toString('hex')})
  }
  return rows
}

function labelsOf(name: Uint8Array): string[] {
  const labels: string[] = []
  for (let at = 0; name[at]; at += 1 + (name[at] ?? 0))
    labels.unshift(Buffer.from(name.subarray(at + 1, at + 1 + (name[at] ?? 0))).toString('hex'))
  return labels
}

function textOf(owner: readonly string[]): string {
  return owner.join('.')
}
