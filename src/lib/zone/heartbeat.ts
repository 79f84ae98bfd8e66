import type {ZoneName} from '../dns/name.js'
import type {ErrorReport} from '../errors.js'
import type {Outage} from './outage.js'
import type {Pause} from './pause.js'

/** A zone that a secondary cannot serve as it should. */
export interface ZoneProblem extends ErrorReport {
  zone: ZoneName
  /** Milliseconds since 1970 by the secondary's clock. */
  since: number
}

/** Of which of its means a machine has too little. */
export type Shortage = 'load' | 'memory' | 'disk'

/** Bytes. */
export interface MemoryUse {
  total: number
  /** What programs could still get, caches given up. */
  available: number
}

/** Bytes of the file system that a path is on. */
export interface DiskSpace {
  path: string
  total: number
  /** What programs without privileges could still write. */
  free: number
}

/** How long the signatures still hold that a secondary serves. */
export interface SignatureTimes {
  /** Zones whose signatures end within the configured time, or have ended. */
  ending: number
  /** Zones whose signatures have ended. */
  ended: number
  /** Those that end first, at most 20; `leftS` are seconds, below zero where they have ended. */
  first: ReadonlyArray<{zone: ZoneName; leftS: number}>
}

/** A mirror of the zone store, and the JetStream domain that has it where there are several. */
export interface MirrorName {
  name: string
  domain?: string
}

/** What a secondary says of itself, again and again. */
export interface Heartbeat {
  secondary: string
  state: 'starting' | 'ok' | 'warning'
  /** Versions of what runs there. */
  pdist: string
  powerdns: string
  node: string
  /** Zones that its PowerDNS has from pdist. */
  zones: number
  /** Zones whose newest version is not served yet. */
  pending: number
  /** Seconds since the oldest of those came; 0 when none is pending. */
  lag: number
  /** Load average over one minute, per core. */
  load: number
  /** Absent in what older syncers say, as the next two. */
  memory?: MemoryUse
  disks?: readonly DiskSpace[]
  /** What is over the limits that are configured there. */
  shortages?: readonly Shortage[]
  /** Why the state is `warning`, in words. */
  warnings: readonly string[]
  /** At most 20; `problemCount` has them all. */
  problems: readonly ZoneProblem[]
  problemCount: number
  /** Of the signed zones that are served. */
  signatures?: SignatureTimes
  /** What its PowerDNS fails to give; absent where there is nothing, and in what older syncers say. */
  outages?: readonly Outage[]
  /** Absent unless it applies nothing; beside a state that older readers know, which is `warning` then. */
  paused?: Pause
  /** Where it reads zones; absent: from the zone store itself. */
  mirror?: MirrorName
  /** When the syncer was started, milliseconds since 1970 by its clock. */
  startedAt: number
}
