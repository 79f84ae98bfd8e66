import {join} from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {Reports} from '../../../src/lib/broker/reports.js'
import type {Receipt} from '../../../src/lib/zone/report.js'
import {rrset, zonePath} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {insist} from '../../support/insist.js'
import {openBroker, settled, zonesOf} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'

const CALM = 'calm.example.'
const HUGE_RECORDS = 20_000
const TINY_ZONES = 1_500

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
  await system.proxy.createZone(CALM)
  await system.follows(CALM)
})
afterAll(() => system?.stop())

test('a zone that the primary does not hand out holds up no other, and heals when it does', async () => {
  const zones = Array.from({length: 10}, (_, i) => `failing-${i}.example.`)
  for (const zone of zones) await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"old"')])
  await settled(system)
  inPrimary((database) =>
    database.exec("UPDATE records SET disabled = 1 WHERE type = 'SOA' AND name LIKE 'failing-%'"),
  )
  for (const zone of zones) await system.proxy.call('PUT', `${zonePath(zone)}/notify`).catch(refusal)
  for (const zone of zones) await system.proxy.send('PUT', `/cache/flush?domain=${zone}`)
  await eventually(async () => {
    const failed = (await system.log('zone-provider')).filter(({event}) => event === 'zone.failed')
    expect(new Set(failed.map(({zone}) => zone))).toEqual(new Set(zones.map((zone) => zone)))
  })
  for (let i = 0; i < 20; i++) await changeCalm(`beside failing ${i}`)
  // What was served before is served still.
  for (const zone of zones) {
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['old']))
  }
  inPrimary((database) =>
    database.exec("UPDATE records SET disabled = 0 WHERE type = 'SOA' AND name LIKE 'failing-%'"),
  )
  for (const zone of zones) await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"healed"'))
  for (const zone of zones) {
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['healed']))
  }
})

test('huge zones on their way to a secondary do not hold up a small one', async () => {
  const huge = ['huge-0.example.', 'huge-1.example.']
  for (const zone of huge) await system.proxy.createZone(zone, hosts(zone))
  await Promise.all(huge.map((zone) => system.follows(zone)))
  const last: string[] = []
  for (let round = 0; round < 8; round++) {
    const order = await orderOfReceipts([...huge, CALM], async () => {
      for (const zone of [...huge, CALM]) await change(zone, `round ${round}`)
    })
    for (const zones of order) last.push(zones.at(-1) ?? '')
  }
  expect(last).toHaveLength(16)
  // PowerDNS transfers two zones at a time: behind both huge ones the small one would always be the last.
  expect(last.filter((zone) => zone === CALM).length).toBeLessThan(4)
})

test('a primary with thousands of zones is brought over by one command, and listed whole', async () => {
  // One secondary shows it as well as two, in half the time.
  await Promise.all(['syncer-ns2', 'ns2'].map((part) => system.lab.part(part).stop()))
  const names = Array.from({length: TINY_ZONES}, (_, i) => `tiny-${i}.example.`)
  inPrimary((database) => insertZones(database, names))
  const wanted = new Set([...names, ...(await system.primary.api.zoneNames())])
  const pushed = await system.command('zone', 'push', '--all', '--wait', 'any', '--timeout', '200s')
  expect(pushed.code).toBe(0)
  const {code, json} = await system.command('zone', 'list')
  expect(code).toBe(0)
  const listed = json as Array<{zone: string; serial: number}>
  expect(new Set(listed.map(({zone}) => zone))).toEqual(wanted)
  const [ns1] = system.secondaries
  const there = ns1 ? await zonesOf(ns1.api) : {}
  expect(new Set(Object.keys(there))).toEqual(wanted)
  expect(names.filter((zone) => there[zone] !== 7)).toEqual([])
}, 240_000)

/** Has both secondaries prove these zones; of each one the order in which it did. */
async function orderOfReceipts(zones: readonly string[], work: () => Promise<void>): Promise<string[][]> {
  const orders = new Map(system.secondaries.map(({name}) => [name, [] as string[]]))
  const broker = await openBroker(system)
  try {
    const reports = new Reports(broker)
    const on = ({secondary, zone, outcome}: Receipt) => {
      const order = orders.get(secondary)
      if (outcome === 'served' && zones.includes(zone)) order?.push(zone)
    }
    reports.watchReceipts('>', {on, onMalformed: (error) => expect.fail(error.message)})
    await reports.watching()
    await work()
    await eventually(() => {
      for (const order of orders.values()) expect(new Set(order)).toEqual(new Set(zones))
    })
  } finally {
    await broker.close()
  }
  return [...orders.values()]
}

async function changeCalm(text: string): Promise<void> {
  await change(CALM, text)
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${CALM}`)).toEqual([text]))
}

async function change(zone: string, text: string): Promise<void> {
  const rrsets = [{...rrset(`www.${zone}`, 'TXT', `"${text}"`), changetype: 'REPLACE'}]
  await insist(system.proxy, 'PATCH', zonePath(zone), {rrsets})
}

function hosts(zone: string) {
  return Array.from({length: HUGE_RECORDS}, (_, i) =>
    rrset(`host-${i}.${zone}`, 'A', `10.0.${(i >> 8) & 255}.${i & 255}`),
  )
}

/** As an operator with SQL would: PowerDNS learns nothing of it. */
function inPrimary(work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(join(system.lab.endpoints.dir, 'primary', 'pdns.sqlite3'), {
    timeout: 10_000,
  })
  try {
    work(database)
  } finally {
    database.close()
  }
}

function insertZones(database: DatabaseSync, names: readonly string[]): void {
  const domain = database.prepare("INSERT INTO domains (name, type) VALUES (?, 'NATIVE')")
  const record = database.prepare(
    'INSERT INTO records (domain_id, name, type, content, ttl, auth) VALUES (?, ?, ?, ?, 300, 1)',
  )
  database.exec('BEGIN')
  for (const dotted of names) {
    const name = dotted.slice(0, -1)
    const {lastInsertRowid: id} = domain.run(name)
    record.run(id, name, 'SOA', `ns1.${name} hostmaster.${name} 7 10800 3600 604800 3600`)
    record.run(id, name, 'NS', `ns1.${name}`)
  }
  database.exec('COMMIT')
}

/** A Native zone has nobody to notify, which is an error to PowerDNS; the proxy asks for a look at it all the same. */
function refusal(error: unknown): void {
  expect(String(error)).toContain('/notify')
}
