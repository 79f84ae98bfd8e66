import {byRrsetOrder, identityOf, type Rdata, type Rrset} from '../../dns/rrset.js'
import {Type} from '../../dns/wire.js'

/** How an RRset of one side differs from that of the other. */
export interface RrsetDiff {
  name: Rrset['name']
  type: number
  /** In both, with the same TTL. */
  kept: readonly Rdata[]
  /** Only in the first. */
  removed: readonly Rdata[]
  /** Only in the second. */
  added: readonly Rdata[]
}

export interface DiffOptions {
  /** Whether RRSIGs are compared: by all but the signatures themselves, of which no two are equal. */
  signatures: boolean
}

/**
 * The RRsets that differ, in canonical order. Both sides are in that order, and are read as far as need be.
 * @throws MalformedMessageError
 */
export function* diffRrsets(
  first: Iterable<Rrset>,
  second: Iterable<Rrset>,
  {signatures}: DiffOptions = {signatures: true},
): Generator<RrsetDiff> {
  for (const [before, after] of pairs(first, second)) {
    const {name, type} = (before ?? after) as Rrset
    if (type === Type.RRSIG && !signatures) continue
    const diff = {name, type, ...diffRdatas(before?.rdatas ?? [], after?.rdatas ?? [])}
    if (diff.removed.length + diff.added.length > 0) yield diff
  }
}

/** Merges two sorted sequences: what both have comes together. */
function* pairs(
  first: Iterable<Rrset>,
  second: Iterable<Rrset>,
): Generator<[before: Rrset | undefined, after: Rrset | undefined]> {
  const [left, right] = [Iterator.from(first), Iterator.from(second)]
  let [before, after] = [left.next().value, right.next().value]
  while (before || after) {
    const order = !before ? 1 : !after ? -1 : byRrsetOrder(before, after)
    yield [order <= 0 ? before : undefined, order >= 0 ? after : undefined]
    if (order <= 0) before = left.next().value
    if (order >= 0) after = right.next().value
  }
}

function diffRdatas(
  before: readonly Rdata[],
  after: readonly Rdata[],
): Pick<RrsetDiff, 'kept' | 'removed' | 'added'> {
  const left = byIdentity(before)
  const right = byIdentity(after)
  return {
    kept: before.filter((rdata) => right.has(keyOf(rdata))),
    removed: before.filter((rdata) => !right.has(keyOf(rdata))),
    added: after.filter((rdata) => !left.has(keyOf(rdata))),
  }
}

function byIdentity(rdatas: readonly Rdata[]): Set<string> {
  return new Set(rdatas.map(keyOf))
}

function keyOf(rdata: Rdata): string {
  return `${rdata.ttl} ${Buffer.from(identityOf(rdata)).toString('latin1')}`
}
