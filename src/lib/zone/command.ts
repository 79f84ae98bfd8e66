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
}

/** What a secondary's syncer does on request. */
export interface SecondaryCommands {
  stand(zone: ZoneName): Promise<ZoneStanding>
  resync(zones: readonly ZoneName[]): Promise<ResyncOrder>
}
