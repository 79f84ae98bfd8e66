import type {LabPlan, SecondaryPlan, ServerPlan} from '../src/lib/lab/plan.js'
import {hostPort} from '../src/lib/lab/ports.js'
import {sqliteFile} from '../src/lib/lab/powerdns.js'
import {readPrivateKey} from '../src/lib/zone/signing-key.js'
import {Store} from './store.js'
import {ADDRESSES, SOA} from './stored-zone.js'
import {System} from './system.js'
import {until} from './until.js'

const PARENT = 'filled.example'

export interface Fill {
  zones: number
  /** Whether the secondaries serve them already. */
  served: boolean
  cache: boolean
  signal: AbortSignal
}

export interface FilledSystem {
  system: System
  plan: LabPlan
}

export function filledZone(index: number): string {
  return `z${index}.${PARENT}.`
}

/** Puts zones into a server's database as PowerDNS would have, a secondary's with its syncer as the master. */
export async function fillDatabase(
  {host}: Pick<LabPlan, 'host'>,
  server: ServerPlan | SecondaryPlan,
  zones: number,
): Promise<void> {
  const {DatabaseSync} = await import('node:sqlite')
  const database = new DatabaseSync(sqliteFile(server))
  const master = 'transferPort' in server ? hostPort(host, server.transferPort) : ''
  const kind = server.role === 'primary' ? 'NATIVE' : 'SLAVE'
  try {
    database.exec('PRAGMA synchronous=OFF; BEGIN')
    database
      .prepare(
        `INSERT INTO domains (id, name, type, master, last_check, account)
         SELECT value + 1, 'z' || value || '.${PARENT}', ?, ?, ?, '' FROM (${series(zones)})`,
      )
      .run(kind, master, kind === 'SLAVE' ? Math.floor(Date.now() / 1000) : null)
    for (const [host, type, content] of CONTENTS) {
      database.exec(
        `INSERT INTO records (domain_id, name, type, content, ttl, prio, disabled, auth)
         SELECT value + 1, '${host}z' || value || '.${PARENT}', '${type}', '${content}', 3600, 0, 0, 1
         FROM (${series(zones)})`,
      )
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}

const CONTENTS: ReadonlyArray<readonly [host: string, type: string, content: string]> = [
  ['', 'SOA', Object.values(SOA).join(' ')],
  ['', 'NS', SOA.mname],
  ...ADDRESSES.map((address, at) => [`h${at}.`, 'A', address] as const),
]

function series(count: number): string {
  return `WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value + 1 < ${count}) SELECT value FROM n`
}

/**
 * A system with so many zones present, without a call for each: before it is started they are in the primary's database. In the
 * store they are as the zone-provider stores them, which would have to transfer each. Where the secondaries are to serve them
 * they have them as well, and the broker has their acknowledgement: their syncers only have to prove it. Resolves when that is done.
 */
export async function startFilled({zones, served, cache, signal}: Fill): Promise<FilledSystem> {
  let made: LabPlan | undefined
  const prepare = async (plan: LabPlan) => {
    made = plan
    const servers = served ? [plan.primary, ...plan.secondaries] : [plan.primary]
    for (const server of servers) await fillDatabase(plan, server, zones)
  }
  const system = await System.start({backend: 'gsqlite3', cache, signal, prepare})
  try {
    const plan = made
    if (!plan) throw new Error('the lab prepared nothing')
    const key = readPrivateKey(plan.signing.privateKey)
    const syncers = system.secondaries.map(({name}) => system.part(`syncer-${name}`))
    // A health-checker that sees all of it stored would send what nobody proves in time again, minutes long.
    const watchers = [system.part('zone-provider'), system.part('health-checker')]
    const waiting = [...watchers, ...syncers]
    await Promise.all(waiting.map((daemon) => daemon.stop()))
    await using store = await Store.open(system.endpoints)
    await store.fill(
      Array.from({length: zones}, (_, i) => filledZone(i)),
      key,
      signal,
    )
    if (served) await system.everywhere(({name}) => store.acknowledgeAll(name, signal))
    const started = served ? waiting : watchers
    await Promise.all(started.map((daemon) => daemon.start(signal)))
    if (served) await allEqual(system, signal)
    return {system, plan}
  } catch (error) {
    await system.stop()
    throw error
  }
}

/** Waits until the health-checker has found every secondary equal to the store once more. */
export async function allEqual(system: System, signal: AbortSignal): Promise<void> {
  const series = ({name}: {name: string}) => `pdist_comparisons_total{secondary="${name}",outcome="equal"`
  for (const secondary of system.secondaries)
    await until(async () => (await system.metric('health-checker', series(secondary))) > 0, signal)
}
