import {nameToWire, readName, type ZoneName} from '../../dns/name.js'
import {ownerKey} from '../../dns/owner-key.js'
import {typeName} from '../../dns/types.js'
import {Type} from '../../dns/wire.js'
import type {FileRecord} from '../../dns/zone-file/reader.js'

/**
 * What a zone file says that makes a zone, but hardly the one that is meant: RRsets with several TTLs (RFC 2181 §5.2), and name
 * servers of this zone, or of one delegated to them, that nobody can reach (RFC 1034 §4.2.1). Each with file and line.
 */
export function adviceOn(zone: ZoneName, records: readonly FileRecord[]): string[] {
  return [...differentTtls(records), ...unreachableServers(zone, records)]
}

function* differentTtls(records: readonly FileRecord[]): Generator<string> {
  for (const [first, ...more] of Map.groupBy(records, ({type, name}) => `${type} ${name}`).values()) {
    const other = more.find(({ttl}) => ttl !== first?.ttl)
    // The TTL of a signature is that of what it covers (RFC 4034 §3).
    if (!first || !other || first.type === Type.RRSIG) continue
    const lowest = Math.min(first.ttl, ...more.map(({ttl}) => ttl))
    yield told(
      other,
      `${first.name} ${typeName(first.type)} has several TTLs; the lowest, ${lowest}, is taken`,
    )
  }
}

function* unreachableServers(zone: ZoneName, records: readonly FileRecord[]): Generator<string> {
  const addresses = records.filter(({type}) => type === Type.A || type === Type.AAAA)
  // What a wildcard answers depends on more than is looked at here.
  if (addresses.some(({name}) => name.startsWith('*.'))) return
  const reachable = new Set(addresses.map(({name}) => keyOf(name)))
  const servers = records.filter(({type}) => type === Type.NS)
  const cuts = new Set(servers.map(({name}) => name).filter((name) => name !== zone))
  for (const record of servers) {
    const {name: target} = readName(record.rdata, 0)
    const key = keyOf(target)
    if (!key.startsWith(keyOf(record.name)) || reachable.has(key)) continue
    // The address of what lies below another cut is not this zone's to know.
    if ([...cuts].some((cut) => cut !== record.name && key.startsWith(keyOf(cut)))) continue
    yield told(record, `${target}, a name server of ${record.name}, has no address in the file`)
  }
}

function keyOf(name: ZoneName): string {
  return ownerKey(nameToWire(name), 0)
}

function told({file, line}: FileRecord, what: string): string {
  return `${file}:${line}: ${what}`
}
