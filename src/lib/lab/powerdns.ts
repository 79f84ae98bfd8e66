import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Backend, Binaries} from './binaries.js'
import type {LabPlan, SecondaryPlan, ServerPlan} from './plan.js'
import {hostPort} from './ports.js'

type Settings = ReadonlyArray<readonly [name: string, value: string | number]>

/** A `pdns.conf` for 4.7 and newer. Beyond what is listed here PowerDNS runs with its own defaults, as users run it. */
export function powerDnsConfig(
  plan: LabPlan,
  server: ServerPlan | SecondaryPlan,
  {pdnsModules}: Binaries,
): string {
  const settings: Settings = [
    ...processSettings(server, pdnsModules),
    ...listenSettings(plan, server),
    ...backendSettings(plan, server),
    ...(plan.cache ? [] : CACHES_OFF),
    ...(server.role === 'primary' ? primarySettings(plan) : secondarySettings(plan)),
  ]
  return settings.map(([name, value]) => `${name}=${value}\n`).join('')
}

/** Creates what the backend needs before PowerDNS's first start. */
export async function prepareStore(plan: LabPlan, server: ServerPlan, binaries: Binaries): Promise<void> {
  // LMDB creates its own files.
  if (backendOf(plan, server) === 'lmdb' || binaries.sqliteSchema === undefined) return
  const schema = await readFile(binaries.sqliteSchema, 'utf8')
  const {DatabaseSync} = await import('node:sqlite')
  const database = new DatabaseSync(sqliteFile(server))
  try {
    // Kept in the file; PowerDNS's own manual advises it, and without it a transfer locks out the API.
    database.exec('PRAGMA journal_mode=WAL')
    database.exec(schema)
  } finally {
    database.close()
  }
}

export function apiUrl(plan: LabPlan, server: ServerPlan): string {
  return `http://${hostPort(plan.host, server.apiPort)}`
}

/** The database of a server with gsqlite3. */
export function sqliteFile(server: ServerPlan): string {
  return join(server.dir, 'pdns.sqlite3')
}

/** Where PowerDNS makes its control socket. */
export function controlSocket(server: ServerPlan): string {
  return join(server.dir, 'pdns.controlsocket')
}

function processSettings(server: ServerPlan, modules: string): Settings {
  return [
    ['daemon', 'no'],
    ['guardian', 'no'],
    ['write-pid', 'no'],
    ['disable-syslog', 'yes'],
    ['socket-dir', server.dir],
    ['module-dir', modules],
    // No packet may leave the machine.
    ['security-poll-suffix', ''],
  ]
}

function listenSettings({host}: LabPlan, server: ServerPlan): Settings {
  return [
    ['local-address', host],
    ['local-port', server.dnsPort],
    ['query-local-address', host],
    ['api', 'yes'],
    ['api-key', server.apiKey],
    ['webserver', 'yes'],
    ['webserver-address', host],
    ['webserver-port', server.apiPort],
    ['webserver-allow-from', host],
    // In MB: 200,000 records are then a few PATCHes.
    ['webserver-max-bodysize', 100],
  ]
}

function backendOf({backend, secondaryBackend}: LabPlan, {role}: ServerPlan): Backend {
  return role === 'primary' ? backend : secondaryBackend
}

function backendSettings(plan: LabPlan, server: ServerPlan): Settings {
  if (backendOf(plan, server) === 'lmdb') {
    return [
      ['launch', 'lmdb'],
      ['load-modules', 'lmdb'],
      ['lmdb-filename', join(server.dir, 'pdns.lmdb')],
    ]
  }
  return [
    ['launch', 'gsqlite3'],
    ['load-modules', 'gsqlite3'],
    ['gsqlite3-database', sqliteFile(server)],
    ['gsqlite3-dnssec', 'yes'],
  ]
}

const CACHES_OFF: Settings = [
  ['cache-ttl', 0],
  ['query-cache-ttl', 0],
  ['negquery-cache-ttl', 0],
  ['zone-cache-refresh-interval', 0],
  ['zone-metadata-cache-ttl', 0],
  ['dnssec-key-cache-ttl', 0],
]

const LUA_RECORDS: Settings = [
  ['enable-lua-records', 'yes'],
  // From 5.1 on neither the API nor a transfer may bring them without it; older ones do not know it.
  ['ignore-unknown-settings', 'enable-lua-record-updates'],
  ['enable-lua-record-updates', 'yes'],
]

function primarySettings({host, notifyPort}: LabPlan): Settings {
  return [
    ['primary', 'yes'],
    ['allow-axfr-ips', host],
    // Nobody is to learn of a change but through pdist.
    ['only-notify', ''],
    ...(notifyPort === undefined ? [] : [['also-notify', hostPort(host, notifyPort)] as const]),
    // Each transfer from it puts names and cuts in order anyway; nobody else asks it.
    ['default-api-rectify', 'no'],
    ['default-soa-content', 'ns1.@ hostmaster.@ 0 10800 3600 604800 3600'],
    ...LUA_RECORDS,
  ]
}

function secondarySettings({host}: LabPlan): Settings {
  return [['secondary', 'yes'], ['allow-axfr-ips', host], ['allow-notify-from', host], ...LUA_RECORDS]
}
