import type {ZoneName} from '../dns/name.js'
import type {ErrorReport} from '../errors.js'

/** How a secondary stands with one zone. */
export interface ZoneStanding {
  zone: ZoneName
  /** The newest revision that it proved to serve since its syncer was started. */
  revision?: number
  /** The fingerprint that its PowerDNS serves at this moment (`formatFingerprint`); absent where it serves none. */
  served?: string
  serial?: number
  /** Seconds since it got a version that it does not serve yet; 0 when it is up to date. */
  lag: number
  problem?: ErrorReport
}

export interface ResyncOrder {
  queued: number
  /** Milliseconds by the secondary's clock: a receipt whose `ordered` is not before answers a forced order. */
  at?: number
}

/** A question about a `StateTree`, for comparing it with one's own at the cost of the differences. */
export interface TreeQuestion {
  /** The asker's root: where it is the same, nothing more is answered. */
  root: string
  /** Paths whose children's digests are asked for. */
  branches: readonly string[]
  /** Paths whose zones are asked for. */
  leaves: readonly string[]
}

export interface TreeAnswer {
  /** False while not every zone has been looked at since the start: what is missing may be there. */
  complete: boolean
  zones: number
  root: string
  /** In the order of the question. */
  branches: ReadonlyArray<readonly string[]>
  /** In the order of the question; fewer where they would not fit into one answer, but one at least. */
  leaves: ReadonlyArray<ReadonlyArray<readonly [ZoneName, string]>>
}

/** Zones that the store of this age knows nothing of. */
export interface OrphanOrder {
  zones: readonly ZoneName[]
  /** When the store was made: the order counts for no other one. */
  storeCreated: string
}

/** Of a copy's messages: it is held in memory at both ends. */
export const MAX_COPY_BYTES = 256 * 1024 * 1024

/** A zone as a secondary's PowerDNS transfers it at this moment. */
export interface ZoneCopy {
  messages: readonly Uint8Array[]
  /** The closing SOA is not counted. */
  records: number
}

/** Whether a name is answered with a record. */
export interface RecordQuestion {
  name: ZoneName
  /** The RR type's number. */
  type: number
  /** `rdataDigest` of the record that is looked for. */
  digest: string
}

export interface RecordAnswer {
  /** Of DNS, by its name: `NOERROR`, `NXDOMAIN`, … */
  rcode: string
  /** How many records of the type the answer has under the name. */
  records: number
  /** Whether the one that is looked for is among them. */
  found: boolean
}

/** What a secondary's syncer does on request. */
export interface SecondaryCommands {
  stand(zone: ZoneName): Promise<ZoneStanding>
  /** What the secondary's PowerDNS answers over DNS at this moment. */
  answers(question: RecordQuestion): Promise<RecordAnswer>
  resync(zones: readonly ZoneName[], options: {force: boolean}): Promise<ResyncOrder>
  /** What is served here of all zones. */
  tree(question: TreeQuestion): Promise<TreeAnswer>
  removeOrphans(order: OrphanOrder): Promise<ResyncOrder>
  copy(zone: ZoneName): Promise<ZoneCopy>
}
