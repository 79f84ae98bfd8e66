import {join} from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {type RRset, rrset, zonePath} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {insist} from '../../support/insist.js'
import {sameEverywhere, settled} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'

const CLIENTS = 8

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
})
afterAll(() => system?.stop())

test('serials of 2^31 and more, and the wrap at 2^32, are served, and hold up no other zone', async () => {
  const zone = 'serial.example.'
  const soa = (serial: number) =>
    rrset(zone, 'SOA', `ns1.${zone} hostmaster.${zone} ${serial} 10800 3600 604800 3600`)
  await system.proxy.createZone(zone, [soa(2 ** 31 - 1)], {soa_edit_api: 'OFF'})
  await system.proxy.createZone('other.example.')
  for (const serial of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 0, 1]) {
    await system.proxy.replace(zone, soa(serial), rrset(`www.${zone}`, 'TXT', `"${serial}"`))
    await system.everywhere(async (dns) => {
      expect(await dns.soa(zone)).toMatchObject({state: 'served', serial})
      expect(await dns.txt(`www.${zone}`)).toEqual([`${serial}`])
    })
    await system.proxy.replace('other.example.', rrset('www.other.example.', 'TXT', `"beside ${serial}"`))
    await system.everywhere(async (dns) =>
      expect(await dns.txt('www.other.example.')).toEqual([`beside ${serial}`]),
    )
  }
  const {code, json} = await system.command('zone', 'show', zone)
  expect({code, json}).toMatchObject({code: 0, json: {secondaries: [{serial: 1}, {serial: 1}]}})
})

test('of 100 empty zones that are created and deleted at once none is left', async () => {
  const zones = Array.from({length: 100}, (_, i) => `brief-${i}.example.`)
  await inParallel(zones, async (zone) => {
    await insist(system.proxy, 'POST', '/zones', native(zone))
    await insist(system.proxy, 'DELETE', zonePath(zone))
  })
  await settled(system)
  await sameEverywhere(system)
  for (const {api} of system.secondaries) {
    expect((await api.zoneNames()).filter((name) => name.startsWith('brief-'))).toEqual([])
  }
})

test('of 40 zones that are deleted and created again at once all serve what they were created with', async () => {
  const zones = Array.from({length: 40}, (_, i) => `again-${i}.example.`)
  await inParallel(zones, async (zone) => {
    await insist(system.proxy, 'POST', '/zones', native(zone, rrset(`www.${zone}`, 'TXT', '"first"')))
    await insist(system.proxy, 'DELETE', zonePath(zone))
    await insist(system.proxy, 'POST', '/zones', native(zone, rrset(`www.${zone}`, 'TXT', '"second"')))
  })
  await settled(system)
  await sameEverywhere(system)
  for (const zone of zones) {
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['second']))
  }
})

test("what a secondary's locked database refused is done soon after it is free, by the syncer itself", async () => {
  const {proxy} = system
  // On a busy machine the lock outlasts the health-checker's patience: nobody else shall put it right.
  await system.reconfigure('health-checker', '[health_checker]\nconfirm_within = "1h"')
  for (const zone of ['delete.locked.example.', 'update.locked.example.']) await proxy.createZone(zone)
  await settled(system)
  const lock = new DatabaseSync(join(system.lab.endpoints.dir, 'ns1', 'pdns.sqlite3'))
  try {
    lock.exec('BEGIN IMMEDIATE')
    await proxy.deleteZone('delete.locked.example.')
    await proxy.replace('update.locked.example.', rrset('www.update.locked.example.', 'TXT', '"new"'))
    await proxy.createZone('create.locked.example.')
    // PowerDNS itself waits for some seconds before it gives up.
    for (const what of ['delete', 'create']) await failsAt('syncer-ns1', `${what}.locked.example.`)
    expect(await system.secondaries[0]?.api.zoneNames()).toContain('delete.locked.example.')
    // ns2 is not held up by ns1.
    await eventually(async () =>
      expect(await system.secondaries[1]?.dns.txt('www.update.locked.example.')).toEqual(['new']),
    )
  } finally {
    lock.exec('ROLLBACK')
    lock.close()
  }
  await sameEverywhere(system)
  await system.gone('delete.locked.example.')
  await system.everywhere(async (dns) => expect(await dns.txt('www.update.locked.example.')).toEqual(['new']))
  await eventually(async () => expect(await system.metric('syncer-ns1', 'pdist_zone_problems ')).toBe(0))
})

function native(name: string, ...rrsets: RRset[]): object {
  return {name, kind: 'Native', rrsets}
}

/** So many at once as there are clients; for each item in order. */
async function inParallel<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const client = async () => {
    for (const item of left) await each(item)
  }
  await Promise.all(Array.from({length: CLIENTS}, client))
}

async function failsAt(daemon: string, zone: string): Promise<void> {
  await eventually(async () => {
    const failed = (await system.log(daemon)).filter((line) => line.event === 'zone.not_served')
    expect(failed.map((line) => line.zone)).toContain(zone)
  })
}
