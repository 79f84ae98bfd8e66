import type {ZoneName} from '../dns/name.js'
import type {SoaAnswer} from '../dns/soa.js'
import type {ServerObserver} from './message-responder.js'

/**
 * What is said instead of a zone: `unknown` (REFUSED, the zone is none of ours) or `not-at-hand` (SERVFAIL, ask again
 * later: at once, because PowerDNS has few threads for transfers and a slow answer holds one of them).
 */
export type Absence = 'unknown' | 'not-at-hand'

export interface StoredTransfer {
  /** The messages of an AXFR answer, without TSIG; their IDs do not matter. */
  messages: readonly Uint8Array[]
  /** Comes back in `started` and `sent`. */
  tag: unknown
}

/** Where the transfer server gets zones from. What answers at once is served without a detour through a promise. */
export interface ZoneSource {
  /** May wait, but its signal is aborted after two seconds (`soaWaitMs`): the answer is SERVFAIL then. */
  soa(zone: ZoneName, signal: AbortSignal): SoaAnswer | Absence | Promise<SoaAnswer | Absence>
  /** What is at hand, or will be in a moment. */
  transfer(zone: ZoneName): StoredTransfer | Absence | Promise<StoredTransfer | Absence>
  /** A transfer began. */
  started?(zone: ZoneName, tag: unknown): void
  /** The kernel has taken its last byte. */
  sent?(zone: ZoneName, tag: unknown): void
}

export type QueryKind = 'soa' | 'axfr' | 'other'

export type QueryOutcome =
  | 'answered'
  | Absence
  /** Nothing that is answered here, or no TSIG where one is demanded. */
  | 'refused'
  | 'not-implemented'
  | 'malformed'
  /** The TSIG is wrong. */
  | 'unauthentic'
  /** The client went away, or was too slow, in the middle of its answer. */
  | 'broken'

/** Whoever counts and logs. */
export interface TransferObserver extends ServerObserver {
  onQuery?(kind: QueryKind, outcome: QueryOutcome): void
}
