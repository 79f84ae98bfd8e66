import type {Backend, ServerRole} from '../../../src/lib/lab/binaries.js'
import type {Suite} from '../debian-roots.js'
import type {Missing, Servers} from './suites.js'

/** One combination of versions. */
export interface Cell {
  servers: Record<ServerRole, Servers>
  /** The primary's, and the secondary's. */
  backends: Backends
}

/** A combination that cannot be tried here. */
export interface Skipped {
  suites: Record<ServerRole, Suite>
  because: string
}

type Row = readonly [broker: Suite, primary: Suite, secondary: Suite]
type Backends = readonly [primary: Backend, secondary: Backend]

const SAME: readonly Backends[] = [
  ['gsqlite3', 'gsqlite3'],
  ['lmdb', 'lmdb'],
]
const MIXED: readonly Backends[] = [
  ['gsqlite3', 'gsqlite3'],
  ['gsqlite3', 'lmdb'],
]

const ROWS: readonly Row[] = [
  // Every nats-server with the oldest PowerDNS,
  ['bookworm', 'bookworm', 'bookworm'],
  ['trixie', 'bookworm', 'bookworm'],
  ['sid', 'bookworm', 'bookworm'],
  // every PowerDNS with the newest nats-server,
  ['sid', 'trixie', 'trixie'],
  ['sid', 'sid', 'sid'],
  // and the oldest and the newest PowerDNS together, as during an upgrade.
  ['sid', 'bookworm', 'sid'],
  ['sid', 'sid', 'bookworm'],
]

/** What is tried: each row with those backends that its releases have. */
export function cellsOf(releases: ReadonlyArray<Servers | Missing>): Array<Cell | Skipped> {
  const of = (suite: Suite) =>
    releases.find((one) => one.suite === suite) ?? {suite, missing: 'nobody looked for it'}
  return ROWS.flatMap(([broker, primary, secondary]): Array<Cell | Skipped> => {
    const found = {broker: of(broker), primary: of(primary), secondary: of(secondary)}
    const [missing] = Object.values(found).filter((one) => 'missing' in one)
    if (missing) {
      const because = `Debian ${missing.suite} cannot be had: ${missing.missing}`
      return [{suites: {broker, primary, secondary}, because}]
    }
    const servers = found as Record<ServerRole, Servers>
    return (primary === secondary ? SAME : MIXED)
      .filter(([ours, theirs]) => {
        return servers.primary.backends.includes(ours) && servers.secondary.backends.includes(theirs)
      })
      .map((backends) => ({servers, backends}))
  })
}

/** Its columns in the table: nats-server, the primary's PowerDNS and the secondary's, each with its backend. */
export function columnsOf(cell: Cell | Skipped): [string, string, string] {
  if ('because' in cell) {
    const {broker, primary, secondary} = cell.suites
    return [`Debian ${broker}`, `Debian ${primary}`, `Debian ${secondary}`]
  }
  const {broker, primary, secondary} = cell.servers
  const [ours, theirs] = cell.backends
  const {nats} = broker.packages
  return [nats, `${primary.packages.powerdns} ${ours}`, `${secondary.packages.powerdns} ${theirs}`]
}

export function nameOf(cell: Cell | Skipped): string {
  const [nats, primary, secondary] = columnsOf(cell)
  return `nats-server ${nats}, PowerDNS ${primary} to ${secondary}`
}
