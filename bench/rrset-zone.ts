import {MAX_CANONICAL_BYTES, writeAlone} from '../src/lib/dns/canonical.js'
import {nameToWire, readName, type ZoneName, zoneName} from '../src/lib/dns/name.js'
import {parseContent} from '../src/lib/dns/presentation.js'
import {answersOf} from '../src/lib/dns/record.js'
import {typeNumber} from '../src/lib/dns/types.js'
import {Class, Flag, HEADER_BYTES, setUint16, setUint32, Type} from '../src/lib/dns/wire.js'

/** An RRset in a PATCH of PowerDNS's API. */
export interface ApiChange {
  name: string
  type: string
  changetype: 'REPLACE' | 'DELETE'
  ttl?: number
  records?: ReadonlyArray<{content: string}>
}

/** As many as PowerDNS puts into a message of a transfer. */
const PER_MESSAGE = 100
const AXFR = 252

/** The records of a zone whose RRsets are changed one by one. */
export class RrsetZone {
  readonly #zone: ZoneName
  /** By name and type, each record as it would be in a message of its own. */
  readonly #rrsets = new Map<string, Uint8Array[]>()

  constructor(zone: ZoneName, messages: readonly Uint8Array[]) {
    this.#zone = zone
    const room = Buffer.alloc(MAX_CANONICAL_BYTES)
    for (const message of messages) {
      const record = answersOf(message)
      while (record.next()) {
        const key = keyOf(readName(message, record.owner).name, record.type)
        const wire = Uint8Array.from(room.subarray(0, writeAlone(record, room)))
        // The SOA comes twice.
        if (record.type === Type.SOA) this.#rrsets.set(key, [wire])
        else this.#rrsets.set(key, [...(this.#rrsets.get(key) ?? []), wire])
      }
    }
  }

  apply(changes: readonly ApiChange[]): void {
    for (const {name, type: typeText, changetype, ttl = 0, records = []} of changes) {
      const owner = zoneName(name)
      const type = typeNumber(typeText)
      if (type === undefined) throw new Error(`${typeText} is no type`)
      if (changetype === 'DELETE') this.#rrsets.delete(keyOf(owner, type))
      else
        this.#rrsets.set(
          keyOf(owner, type),
          records.map(({content}) => wireOf(owner, type, ttl, content)),
        )
    }
  }

  /** The transfer of the zone. */
  messages(): Uint8Array[] {
    const soa = this.#soa
    const others = [...this.#rrsets.values()].flat().filter((wire) => wire !== soa)
    const all = [soa, ...others, soa]
    const messages: Uint8Array[] = []
    for (let at = 0; at < all.length; at += PER_MESSAGE)
      messages.push(this.#messageOf(all.slice(at, at + PER_MESSAGE)))
    return messages
  }

  /** A message with the SOA alone. */
  soaMessage(): Uint8Array {
    return this.#messageOf([this.#soa])
  }

  get #soa(): Uint8Array {
    const [soa] = this.#rrsets.get(keyOf(this.#zone, Type.SOA)) ?? []
    if (!soa) throw new Error(`${this.#zone} has no SOA`)
    return soa
  }

  #messageOf(records: readonly Uint8Array[]): Uint8Array {
    const name = nameToWire(this.#zone)
    const head = Buffer.alloc(HEADER_BYTES + name.length + 4)
    setUint16(head, 2, Flag.QR | Flag.AA)
    setUint16(head, 4, 1)
    setUint16(head, 6, records.length)
    head.set(name, HEADER_BYTES)
    setUint16(head, HEADER_BYTES + name.length, AXFR)
    setUint16(head, HEADER_BYTES + name.length + 2, Class.IN)
    return Buffer.concat([head, ...records])
  }
}

function keyOf(name: ZoneName, type: number): string {
  return `${name} ${type}`
}

function wireOf(owner: ZoneName, type: number, ttl: number, content: string): Uint8Array {
  const [name, rdata] = [nameToWire(owner), parseContent(type, content)]
  const fixed = new Uint8Array(10)
  setUint16(fixed, 0, type)
  setUint16(fixed, 2, Class.IN)
  setUint32(fixed, 4, ttl)
  setUint16(fixed, 8, rdata.length)
  return Buffer.concat([name, fixed, rdata])
}
