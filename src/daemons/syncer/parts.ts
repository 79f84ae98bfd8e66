import type {Broker} from '../../lib/broker/connection.js'
import type {ZoneStore} from '../../lib/broker/zone-store.js'
import type {ConfigWith} from '../../lib/config/schema.js'
import type {Applier} from '../../lib/sync/apply/apply.js'
import type {Syncer} from '../../lib/sync/apply/syncer.js'
import type {ServedBook} from '../../lib/sync/compare/served-book.js'
import type {Survey} from '../../lib/sync/compare/survey.js'
import type {LocalZones, SecondaryApi} from '../../lib/sync/secondary.js'
import type {ServedState} from '../../lib/xfr/served-state.js'
import type {DaemonContext} from '../runner.js'
import type {Gate} from './gate.js'

export type SyncerContext = DaemonContext<ConfigWith<'secondary'>>

/** The local PowerDNS, once it answered. */
export interface PowerDns {
  api: SecondaryApi & LocalZones
  /** Its version. */
  powerdns: string
}

/** What the parts of a running syncer share. */
export interface SyncerParts extends PowerDns {
  broker: Broker
  store: ZoneStore
  applier: Applier
  syncer: Syncer
  book: ServedBook
  survey: Survey
  /** Asks the local PowerDNS. */
  served: ServedState
  /** Everything that has something applied runs while it is open. */
  gate: Gate
}
