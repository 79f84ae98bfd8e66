import {join} from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {pdist} from '../../support/pdist.js'
import {sameEverywhere, settled, zonesOf} from '../../support/settled.js'
import {type TestServer, TestSystem} from '../../support/system.js'

const ZONES = Array.from({length: 12}, (_, i) => `z${i}.example.`)
const [EDITED = '', SILENTLY = '', DELETED = '', LOST = ''] = ZONES

let system: TestSystem
let ns1: TestServer
beforeAll(async () => {
  system = await TestSystem.start()
  await system.reconfigure(
    'syncer-ns1',
    '[syncer]\nlist_every = "300ms"\nverify_every = "2s"\nheartbeat = "500ms"',
  )
  await system.reconfigure('health-checker', '[health_checker]\ncompare_every = "2s"\nconfirm_within = "1s"')
  await system.reconfigure('zone-provider', '[zone_provider]\ncompare = "2s"')
  ns1 = system.secondary('ns1')
  for (const zone of ZONES) await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"right"')])
  await settled(system)
  await sameEverywhere(system)
})
afterAll(() => system?.stop())

/** As if somebody had been at a secondary's database. */
function inDatabase(name: string, sql: string): void {
  const database = new DatabaseSync(join(system.lab.endpoints.dir, name, 'pdns.sqlite3'), {timeout: 5000})
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

async function isRight(zone: string): Promise<void> {
  await eventually(async () => expect(await ns1.dns.txt(`www.${zone}`)).toEqual(['right']))
  await system.copies(zone)
}

test('a zone that somebody deletes at a secondary comes back', async () => {
  await ns1.api.deleteZone(DELETED)
  await isRight(DELETED)
  expect(await system.metric('syncer-ns1', 'pdist_deviations_total{because="gone here"')).toBeGreaterThan(0)
})

test('a zone that somebody edits there is put right', async () => {
  const serial = (await zonesOf(ns1.api))[EDITED] ?? 0
  inDatabase(
    'ns1',
    `update records set content = '"wrong"' where name = 'www.${EDITED.slice(0, -1)}' and type = 'TXT';
     update records set content = replace(content, '${serial}', '${serial + 5}')
      where name = '${EDITED.slice(0, -1)}' and type = 'SOA'`,
  )
  await eventually(async () => expect((await zonesOf(ns1.api))[EDITED]).toBe(serial))
  await isRight(EDITED)
})

test('also where its serial stays the same', async () => {
  inDatabase(
    'ns1',
    `update records set content = '"wrong"' where name = 'www.${SILENTLY.slice(0, -1)}' and type = 'TXT'`,
  )
  await eventually(async () => {
    const because = 'pdist_deviations_total{because="other records here"'
    expect(await system.metric('syncer-ns1', because)).toBeGreaterThan(0)
  })
  await isRight(SILENTLY)
})

test('a secondary that lost its database is filled again from the store, while the primary is away', async () => {
  const wanted = await zonesOf(system.primary.api)
  const primary = system.lab.part('primary')
  await primary.stop()
  try {
    inDatabase('ns1', 'delete from records; delete from domainmetadata; delete from domains')
    await eventually(async () => expect(await zonesOf(ns1.api)).toEqual(wanted), 60_000)
    for (const zone of ZONES)
      await eventually(async () => expect(await ns1.dns.txt(`www.${zone}`)).toEqual(['right']))
  } finally {
    await primary.start()
  }
  await sameEverywhere(system)
  for (const zone of ZONES) await isRight(zone)
})

test('`pdist resync` tells what differs, puts it right and says that all is equal', async () => {
  const options = ['--timeout', '60s']
  expect(await system.command('resync', 'ns2', ...options)).toMatchObject({
    code: 0,
    json: {state: 'equal', left: []},
  })
  const syncer = system.lab.part('syncer-ns2')
  await syncer.stop()
  inDatabase('ns2', `delete from domains where name = '${DELETED.slice(0, -1)}'`)
  await system.proxy.deleteZone(LOST)
  await syncer.start()
  await eventually(async () => expect((await system.command('resync', 'ns2', ...options)).code).toBe(0))
  await system.copies(DELETED)
  const nobody = {code: 1, stderr: expect.stringContaining('PDIST_UNKNOWN_SECONDARY')}
  expect(await pdist(['resync', 'nobody', '--config', system.lab.endpoints.config])).toMatchObject(nobody)
})

/** Zones that this secondary has from pdist by their looks, but that nobody else ever heard of. */
async function plantOrphans(count: number): Promise<string[]> {
  const {masters} = (await ns1.api.call('GET', `/zones/${EDITED}?rrsets=false`)) as {masters: string[]}
  const names = Array.from({length: count}, (_, i) => `orphan-${count}-${i}.example`)
  for (const name of names) {
    await ns1.api.createZone(`${name}.`, [], {kind: 'Slave', masters})
    inDatabase(
      'ns1',
      `insert into records (domain_id, name, type, content, ttl, auth)
        select id, name, 'SOA', 'ns.example hostmaster.example 1 3600 600 86400 60', 60, 1
          from domains where name = '${name}'`,
    )
    // What it said before it had a SOA is in its caches.
    await ns1.api.call('PUT', `/cache/flush?domain=${name}.`)
  }
  return names.map((name) => `${name}.`)
}

test('zones that nobody else knows are removed, unless they are many: then somebody has to decide', async () => {
  const few = await plantOrphans(2)
  await eventually(async () => expect(Object.keys(await zonesOf(ns1.api))).not.toContain(few[0]), 60_000)
  await sameEverywhere(system)
  const many = await plantOrphans(14)
  const held = async () => {
    const {json} = await system.command('plan', 'list')
    const plans = json as Array<{id: string; count: number; status: string}>
    return plans.filter(({count, status}) => count === many.length && status === 'held')
  }
  await eventually(async () => expect(await held()).toHaveLength(1), 60_000)
  expect(Object.keys(await zonesOf(ns1.api))).toEqual(expect.arrayContaining(many))
  const health = await system.command('health')
  expect(health).toMatchObject({code: 2, json: {state: 'critical'}})
  const [plan] = await held()
  expect(await system.command('plan', 'approve', plan?.id ?? '')).toMatchObject({code: 0})
  await sameEverywhere(system)
})

test('a secondary that was compared with the store is known to be equal', async () => {
  await settled(system)
  await eventually(async () => {
    const outcome = 'pdist_comparisons_total{secondary="ns1",outcome="equal"'
    expect(await system.metric('health-checker', outcome)).toBeGreaterThan(0)
  })
})
