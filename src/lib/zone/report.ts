import type {ZoneName} from '../dns/name.js'
import type {ErrorReport} from '../errors.js'

interface About {
  zone: ZoneName
  /** The newest event that this covers: whoever published it, or an older one of this zone, has its answer. */
  event: number
  /** Milliseconds since 1970 by the sender's clock. */
  at: number
}

/** A zone-provider's answer to an event. */
export type Provision = About &
  (
    | {outcome: 'stored' | 'unchanged' | 'tombstone'; revision: number}
    /** Neither the primary nor the store knows the zone. */
    | {outcome: 'absent'}
    | {outcome: 'failed'; error: ErrorReport}
  )

/**
 * A zone-provider's word that it begins to make a new version of a zone, for those who can prepare for it. Nothing depends on it:
 * no version may follow.
 */
export interface Announcement {
  zone: ZoneName
  /** The revision that the new version is to replace. */
  replaces: number
}

/** A secondary's proof that it serves a zone's version, or no longer serves the zone, or why neither is so. */
export type Receipt = About & {
  secondary: string
  /** The store's revision that this is about. */
  revision: number
  /** Milliseconds from the moment at which the syncer heard of it. */
  ms: number
  /** The newest forced resync that it answers, as the order was acknowledged; absent where there was none. */
  ordered?: number
} & (
    | {outcome: 'served'; serial: number}
    | {outcome: 'removed'}
    /** `sequence`: what the state's signature has to exceed to be taken for new, where it did not. */
    | {outcome: 'failed'; error: ErrorReport; sequence?: number}
  )
