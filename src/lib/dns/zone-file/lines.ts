import {nameToWire} from '../name.js'
import {printRdata} from '../presentation.js'
import {printName} from '../rdata/name-text.js'
import type {Rdata, Rrset} from '../rrset.js'
import {genericTypeName, typeName} from '../types.js'

export interface ZoneFileStyle {
  /** Types that no RFC knows, PowerDNS's ALIAS and LUA, as other servers read them (RFC 3597 §5). */
  generic?: boolean
}

/** From here on types are for private use (RFC 6895 §3.1). */
const PRIVATE_TYPES = 65_280

/** A line of a zone file for each record of an RRset (RFC 1035 §5.1), names absolute, without the line's end. */
export function zoneFileLines(
  {name, type, rdatas}: Pick<Rrset, 'name' | 'type' | 'rdatas'>,
  style: ZoneFileStyle = {},
): string[] {
  const owner = printName(nameToWire(name), 'zone file')
  const generic = (style.generic ?? false) && type >= PRIVATE_TYPES
  return rdatas.map(({ttl, record}) => {
    const content = printRdata(record, {style: 'zone file', generic})
    // Who does not know the rdata may not know the name either, but must know this one (RFC 3597 §5).
    const kind = content.startsWith('\\#') ? genericTypeName(type) : typeName(type)
    return `${owner}\t${ttl}\tIN\t${kind}\t${content}`
  })
}

/** The content of one record alone. */
export function contentOf({record}: Rdata): string {
  return printRdata(record)
}
