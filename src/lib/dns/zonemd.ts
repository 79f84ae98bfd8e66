import type {Serial} from './serial.js'
import type {Transfer} from './transfer.js'
import {uint32} from './wire.js'
import {type ZoneHash, zoneDigests} from './zone-digest.js'

/** What comes of checking a zone against the digests in it (RFC 8976 §4). */
export type ZonemdOutcome =
  | {state: 'absent'}
  /** There are digests, all of schemes or algorithms that this library does not know. */
  | {state: 'unsupported'}
  | {state: 'verified'; algorithm: ZoneHash}
  /** The digests were made for another serial than the SOA has. */
  | {state: 'serial-differs'; serial: Serial}
  | {state: 'mismatch'; algorithms: readonly ZoneHash[]}

interface Digest {
  serial: Serial
  algorithm: ZoneHash
  digest: Uint8Array
}

/** Serial, scheme and hash algorithm before the digest (RFC 8976 §2.2). */
const FIXED_BYTES = 6
const SIMPLE = 1
/** RFC 8976 §5.3. */
const ALGORITHMS = new Map<number, ZoneHash>([
  [1, 'sha384'],
  [2, 'sha512'],
])

/**
 * Checks a transfer against its apex ZONEMD records: one that verifies is enough (RFC 8976 §4). Yields now and then, because a
 * large zone takes seconds; where there is nothing to verify, it costs nothing.
 * @throws MalformedMessageError
 */
export function* verifyZonemd({
  zone,
  messages,
  soa,
  zonemds,
}: Pick<Transfer, 'zone' | 'messages' | 'soa' | 'zonemds'>): Generator<void, ZonemdOutcome> {
  if (zonemds.length === 0) return {state: 'absent'}
  const known = zonemds.flatMap((rdata) => read(rdata) ?? [])
  const [first] = known
  if (!first) return {state: 'unsupported'}
  const current = known.filter(({serial}) => serial === soa.serial)
  if (current.length === 0) return {state: 'serial-differs', serial: first.serial}
  const algorithms = [...new Set(current.map(({algorithm}) => algorithm))]
  const computed = yield* zoneDigests(zone, messages, algorithms)
  const verified = algorithms.find((algorithm, i) => matches(known, algorithm, computed[i]))
  return verified ? {state: 'verified', algorithm: verified} : {state: 'mismatch', algorithms}
}

function read(rdata: Uint8Array): Digest | undefined {
  const [scheme, hash] = rdata.subarray(4, FIXED_BYTES)
  const algorithm = hash === undefined ? undefined : ALGORITHMS.get(hash)
  if (scheme !== SIMPLE || !algorithm) return undefined
  return {serial: uint32(rdata, 0), algorithm, digest: rdata.subarray(FIXED_BYTES)}
}

/** Two digests of one algorithm that differ say nothing: each pair of scheme and algorithm must be unique (RFC 8976 §2.2). */
function matches(known: readonly Digest[], algorithm: ZoneHash, computed: Uint8Array | undefined): boolean {
  const digests = known.filter((each) => each.algorithm === algorithm)
  return digests.every(({digest}) => computed !== undefined && Buffer.compare(digest, computed) === 0)
}
