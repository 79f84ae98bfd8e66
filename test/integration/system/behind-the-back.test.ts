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

test('a secondary that lost its database is filled again, and the other one serves meanwhile', async () => {
  inDatabase('ns1', 'delete from records; delete from domainmetadata; delete from domains')
  await sameEverywhere(system)
  for (const zone of ZONES) await isRight(zone)
  expect(await zonesOf(ns1.api)).toEqual(await zonesOf(system.primary.api))
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

test('a secondary that was compared with the store is known to be equal', async () => {
  await settled(system)
  await eventually(async () => {
    const outcome = 'pdist_comparisons_total{secondary="ns1",outcome="equal"'
    expect(await system.metric('health-checker', outcome)).toBeGreaterThan(0)
  })
})
