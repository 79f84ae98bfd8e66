import type {Bell} from '../../lib/async/bell.js'
import type {Broker} from '../../lib/broker/connection.js'
import type {ZoneStore} from '../../lib/broker/zone-store.js'
import type {ConfigWith} from '../../lib/config/schema.js'
import type {Applier} from '../../lib/sync/apply/apply.js'
import type {Syncer} from '../../lib/sync/apply/syncer.js'
import type {ServedBook} from '../../lib/sync/compare/served-book.js'
import type {Survey} from '../../lib/sync/compare/survey.js'
import type {LocalVersion, LocalZones, SecondaryApi} from '../../lib/sync/secondary.js'
import type {PowerDnsWatch} from '../../lib/sync/watch/powerdns-watch.js'
import type {ServedState} from '../../lib/xfr/served-state.js'
import type {DaemonContext} from '../runner.js'
import type {Gate} from './gate.js'

export type SyncerContext = DaemonContext<ConfigWith<'secondary'>>

/** The local PowerDNS, once it answered. */
export interface PowerDns {
  api: SecondaryApi & LocalZones & LocalVersion
  /** Its version, as of its last answer. */
  version: string
}

/** What the parts of a running syncer share. */
export interface SyncerParts {
  broker: Broker
  store: ZoneStore
  applier: Applier
  syncer: Syncer
  book: ServedBook
  survey: Survey
  powerDns: PowerDns
  /** Sees whether the local PowerDNS is there at all. */
  watch: PowerDnsWatch
  /** Asks the local PowerDNS. */
  served: ServedState
  /** Everything that has something applied runs while it is open. */
  gate: Gate
  /** The secondary's name; false when another syncer took it, and speaks for the secondary now. */
  name: {readonly isOurs: boolean}
  /** Rings when the next heartbeat has something to tell that should not wait. */
  news: Bell
}
