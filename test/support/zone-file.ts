import {type ZoneName, zoneName} from '../../src/lib/dns/name.js'
import type {Rrset} from '../../src/lib/dns/rrset.js'
import {type FileRecord, readZoneFile} from '../../src/lib/dns/zone-file/reader.js'
import {rrsetsOfFile} from '../../src/lib/sync/import/file-rrsets.js'

/** The records of a zone file that includes nothing. */
export function fileRecords(zone: ZoneName, lines: readonly string[]): FileRecord[] {
  const include = () => {
    throw new Error('this file includes nothing')
  }
  const steps = readZoneFile({file: 'zone', text: lines.join('\n')}, {zone, maxRecords: 10_000, include})
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

/** RRsets in canonical order, as a zone file has them; a SOA is added where there is none. */
export function rrsetsOfLines(name: string, ...lines: string[]): Rrset[] {
  const zone = zoneName(name)
  const soa = lines.some((line) => / SOA /.test(line)) ? [] : ['@ SOA ns1 host 1 3600 900 604800 300']
  return rrsetsOfFile(zone, 'zone', fileRecords(zone, ['$TTL 300', ...soa, ...lines]))
}
