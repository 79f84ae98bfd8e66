import type {ZoneName} from '../../dns/name.js'
import type {Shortage} from '../../zone/heartbeat.js'
import type {Pause} from '../../zone/pause.js'
import type {SecondaryHealth} from './health.js'

/** Everything that is known about one secondary. */
export interface SecondaryDetails extends SecondaryHealth {
  /** When its syncer was started, milliseconds since 1970 by its clock. */
  startedAt: number
  shortages: readonly Shortage[]
  /** The zones whose signatures end first; `leftS` are seconds. */
  endingSignatures: ReadonlyArray<{zone: ZoneName; leftS: number}>
  /** The process that has its name; absent where nobody does. */
  syncer?: {host: string; pid: number}
  /**
   * Where it stands in the zone store's stream: states that were not handed out to it, that it did not acknowledge, and the revision
   * up to which it acknowledged all. Absent where it never took anything.
   */
  position?: {waiting: number; inFlight: number; acknowledged: number}
}

/** What came of pausing or resuming one. */
export interface PauseReport {
  secondary: string
  /** `ordered`: it did not say so yet that it obeys; it does as soon as it hears of it. */
  state: 'paused' | 'running' | 'ordered'
  /** Milliseconds since its last heartbeat before the order. */
  ageMs: number
  pause?: Pause
}

/** What is no more; `kept` where somebody said no. */
export interface ForgetReport {
  secondary: string
  state: 'forgotten' | 'kept'
  /** Zones that it served when it was last heard; 0 where it never was. */
  zones: number
  /** Milliseconds since its last heartbeat; absent where it never sent one. */
  ageMs?: number
}
