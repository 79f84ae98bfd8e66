import {nameToWire, type ZoneName} from '../../dns/name.js'
import {ownerKey} from '../../dns/owner-key.js'
import {byRrsetOrder, type Rrset, rrsetOf} from '../../dns/rrset.js'
import {typeName} from '../../dns/types.js'
import {Type} from '../../dns/wire.js'
import {Mistakes, ZoneFileError} from '../../dns/zone-file/errors.js'
import type {FileRecord} from '../../dns/zone-file/reader.js'

/** There may be but one of these at a name (RFC 2181 §10.1, RFC 6672 §2.4). */
const SINGLE = new Set<number>([Type.CNAME, Type.DNAME, Type.SOA])
/** What may stand beside a CNAME (RFC 4034 §2.5, RFC 3007). */
const BESIDE_CNAME = new Set<number>([Type.CNAME, Type.RRSIG, Type.NSEC, Type.KEY])

/**
 * The RRsets of a zone file, in canonical order. An RRset whose records have several TTLs gets the lowest (RFC 2181 §5.2); a record
 * that is there twice counts once.
 * @throws ZoneFileError that tells all that makes no zone: outside of it, a SOA too few or too many, a CNAME beside others.
 */
export function rrsetsOfFile(zone: ZoneName, file: string, records: readonly FileRecord[]): Rrset[] {
  const apex = ownerKey(nameToWire(zone), 0)
  const found = new Map<string, Rrset>()
  const mistakes = new Mistakes()
  const groups = Map.groupBy(records, ({name, type}) => `${type} ${name}`)
  for (const [id, [first, ...more]] of groups) {
    if (!first) continue
    const misplaced = placeMistake(zone, apex, first)
    if (misplaced) mistakes.add(misplaced)
    const ttl = more.reduce((lowest, record) => Math.min(lowest, record.ttl), first.ttl)
    const members = [first, ...more].map(({rdata}) => ({ttl, rdata}))
    const rrset = rrsetOf(first.name, first.type, members)
    const second = more[0]
    if (second && SINGLE.has(first.type) && rrset.rdatas.length > 1) {
      const words = `a second ${typeName(first.type)} at ${first.name}, after the one in line ${first.line} of ${first.file}`
      mistakes.add(new ZoneFileError(second, words))
    }
    found.set(id, rrset)
  }
  if (!found.has(`${Type.SOA} ${zone}`))
    mistakes.add(new ZoneFileError({file, line: 1}, `there is no SOA of ${zone}`))
  for (const mistake of aliasMistakes(records, found)) mistakes.add(mistake)
  mistakes.throwIfAny()
  return [...found.values()].sort(byRrsetOrder)
}

function placeMistake(zone: ZoneName, apex: string, record: FileRecord): ZoneFileError | undefined {
  const {name, type} = record
  if (!ownerKey(nameToWire(name), 0).startsWith(apex)) {
    return new ZoneFileError(record, `${name} is not in the zone ${zone}`, {
      hints: ['A name without a dot at its end is relative to $ORIGIN, which at first is the zone'],
    })
  }
  if (type === Type.SOA && name !== zone)
    return new ZoneFileError(record, `a SOA at ${name}, which is not the zone's name`)
  return undefined
}

function* aliasMistakes(
  records: readonly FileRecord[],
  found: ReadonlyMap<string, Rrset>,
): Generator<ZoneFileError> {
  for (const record of records) {
    if (BESIDE_CNAME.has(record.type) || !found.has(`${Type.CNAME} ${record.name}`)) continue
    yield new ZoneFileError(
      record,
      `${record.name} has a CNAME, so it cannot have a ${typeName(record.type)}`,
    )
  }
}
