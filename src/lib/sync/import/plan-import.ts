import type {ZoneName} from '../../dns/name.js'
import {byRrsetOrder, type Rdata, type Rrset, rrsetOf} from '../../dns/rrset.js'
import {SOA_NUMBERS_BYTES} from '../../dns/soa.js'
import {Type} from '../../dns/wire.js'
import {diffRrsets, type RrsetDiff} from '../compare/diff-rrsets.js'

/** An RRset as the primary has it. */
export interface PrimaryRrset {
  /** Its records that are served; none where all are disabled. */
  rrset: Rrset
  /** The contents of the others, which a zone file knows nothing of. */
  disabled: readonly string[]
}

/** What has to be done to one RRset. */
export type RrsetChange =
  | {do: 'delete'; name: ZoneName; type: number}
  | {do: 'replace'; name: ZoneName; type: number; rdatas: readonly Rdata[]; disabled: readonly string[]}

export interface ImportPlan {
  zone: ZoneName
  do: 'create' | 'change' | 'nothing'
  differences: readonly RrsetDiff[]
  /** In the order in which they have to be made: what is deleted may be in the way of what comes. */
  changes: readonly RrsetChange[]
  /** Records that are compared, before and after, and records of the file that the primary makes itself. */
  records: {before: number; after: number; added: number; removed: number; skipped: number}
}

/** What PowerDNS makes itself where a zone is signed, and what it takes from nobody. */
const MADE_BY_PRIMARY = new Set<number>([
  Type.RRSIG,
  Type.NSEC,
  Type.DNSKEY,
  Type.NSEC3,
  Type.NSEC3PARAM,
  Type.CDS,
  Type.CDNSKEY,
])

/**
 * What has to be done so that the primary has what a zone file has. DNSSEC records are left alone on both sides, as are disabled
 * records. The SOA keeps the primary's serial, which PowerDNS raises by itself (SOA-EDIT-API): where it is all that differs, the
 * SOA does not.
 * @param current undefined where the primary does not have the zone
 * @param wanted in canonical order
 */
export function planImport(
  zone: ZoneName,
  current: readonly PrimaryRrset[] | undefined,
  wanted: readonly Rrset[],
): ImportPlan {
  const theirs = (current ?? []).filter(({rrset}) => !MADE_BY_PRIMARY.has(rrset.type))
  const ours = withSerialOf(
    theirs,
    wanted.filter(({type}) => !MADE_BY_PRIMARY.has(type)),
  )
  const before = theirs
    .map(({rrset}) => rrset)
    .filter(({rdatas}) => rdatas.length > 0)
    .sort(byRrsetOrder)
  const differences = [...diffRrsets(before, ours)]
  return {
    zone,
    do: !current ? 'create' : differences.length > 0 ? 'change' : 'nothing',
    differences,
    changes: changesFor(differences, theirs),
    records: {
      before: count(before),
      after: count(ours),
      added: differences.reduce((sum, {added}) => sum + added.length, 0),
      removed: differences.reduce((sum, {removed}) => sum + removed.length, 0),
      skipped: count(wanted) - count(ours),
    },
  }
}

/**
 * What the primary has otherwise than a plan would have it, after the plan was carried out. RRsets that the plan does not change
 * are not looked at.
 */
export function notAsPlanned(
  {zone, changes}: Pick<ImportPlan, 'zone' | 'changes'>,
  current: readonly PrimaryRrset[],
): readonly RrsetDiff[] {
  const changed = new Set(changes.map(idOf))
  const wanted = changes.flatMap((change) => {
    if (change.do === 'delete' || change.rdatas.length === 0) return []
    const members = change.rdatas.map(({ttl, record: {message, rdata, end}}) => ({
      ttl,
      rdata: message.subarray(rdata, end),
    }))
    return [rrsetOf(change.name, change.type, members)]
  })
  const found = current.filter(({rrset}) => changed.has(idOf(rrset)))
  return planImport(zone, found, wanted.sort(byRrsetOrder)).differences
}

function changesFor(differences: readonly RrsetDiff[], theirs: readonly PrimaryRrset[]): RrsetChange[] {
  const disabled = new Map(theirs.map((one) => [idOf(one.rrset), one.disabled]))
  const changes = differences.map((diff): RrsetChange => {
    const {name, type, kept, added} = diff
    const unserved = disabled.get(idOf(diff)) ?? []
    const rdatas = [...kept, ...added]
    if (rdatas.length + unserved.length === 0) return {do: 'delete', name, type}
    return {do: 'replace', name, type, rdatas, disabled: unserved}
  })
  return [
    ...changes.filter((change) => change.do === 'delete'),
    ...changes.filter((change) => change.do === 'replace'),
  ]
}

function idOf({name, type}: Pick<Rrset, 'name' | 'type'>): string {
  return `${type} ${name}`
}

/** The wanted RRsets, the SOA with the serial that the primary has. */
function withSerialOf(theirs: readonly PrimaryRrset[], wanted: readonly Rrset[]): Rrset[] {
  const current = theirs.find(({rrset}) => rrset.type === Type.SOA)?.rrset.rdatas[0]
  return wanted.map((rrset) => {
    const [soa] = rrset.rdatas
    if (rrset.type !== Type.SOA || !soa || !current) return rrset
    const {message, rdata, end} = soa.record
    const bytes = new Uint8Array(message.subarray(rdata, end))
    bytes.set(serialBytes(current.canonical), bytes.length - SOA_NUMBERS_BYTES)
    return rrsetOf(rrset.name, rrset.type, [{ttl: soa.ttl, rdata: bytes}])
  })
}

function serialBytes(rdata: Uint8Array): Uint8Array {
  const at = rdata.length - SOA_NUMBERS_BYTES
  return rdata.subarray(at, at + 4)
}

function count(rrsets: readonly Rrset[]): number {
  return rrsets.reduce((sum, {rdatas}) => sum + rdatas.length, 0)
}
