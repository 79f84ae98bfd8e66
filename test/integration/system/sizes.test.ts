import {afterAll, beforeAll, expect, test} from 'vitest'
import {type RRset, rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {TestSystem} from '../../support/system.js'

const PER_CALL = 100_000
const PATIENCE = {timeout: 600_000}
const MINUTES_MS = 300_000

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
})
afterAll(() => system?.stop())

test.each([1, 20_000, 200_000])(
  'a zone of %d records is everywhere, and so is one change in it',
  PATIENCE,
  async (records) => {
    const zone = `records-${records}.example.`
    await system.proxy.createZone(zone)
    for (let from = 1; from < records; from += PER_CALL) {
      await system.proxy.replace(zone, ...addresses(zone, from, Math.min(records, from + PER_CALL)))
    }
    expect((await system.copies(zone, MINUTES_MS)).records).toBe(records)

    await system.proxy.replace(zone, rrset(`change.${zone}`, 'TXT', '"one"'))
    await system.everywhere(
      async (dns) => expect(await dns.txt(`change.${zone}`)).toEqual(['one']),
      MINUTES_MS,
    )
    expect((await system.copies(zone, MINUTES_MS)).records).toBe(records + 1)
    await system.proxy.deleteZone(zone)
    await system.gone(zone, MINUTES_MS)
  },
)

test(
  '1,000 zones made by 8 clients are all served, and none is when they are deleted',
  PATIENCE,
  async () => {
    const zones = Array.from({length: 1000}, (_, index) => `z${index}.many.example.`)
    await byClients(8, zones, (zone) =>
      system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', `"${zone}"`)]),
    )
    await system.everywhere(async (dns) => {
      await byClients(8, zones, async (zone) => expect(await dns.txt(`www.${zone}`)).toEqual([zone]))
    }, MINUTES_MS)
    await byClients(8, zones, (zone) => system.proxy.deleteZone(zone))
    for (const {api} of system.secondaries) {
      await eventually(async () => expect(await api.zoneNames()).toEqual([]), MINUTES_MS)
    }
    await byClients(8, zones, (zone) => system.gone(zone, MINUTES_MS))
  },
)

test('of 500 changes in a row the last is served, after far fewer looks at the zone', PATIENCE, async () => {
  const zone = 'busy.example.'
  await system.proxy.createZone(zone)
  await system.follows(zone)
  const before = await looks()
  const began = performance.now()
  for (let change = 1; change <= 500; change++) {
    await system.proxy.replace(zone, rrset(`counter.${zone}`, 'TXT', `"${change}"`))
  }
  const seconds = (performance.now() - began) / 1000
  await system.everywhere(async (dns) => expect(await dns.txt(`counter.${zone}`)).toEqual(['500']))
  await system.copies(zone)
  // Where the changes themselves take long there is no reason to skip any: up to twenty looks a second are fine.
  expect((await looks()) - before).toBeLessThan(Math.max(150, 20 * seconds))
})

const OTHERS = 'others.example.'
/** On the wire they have 255 bytes, the most that a name can have. */
const LONG_LABELS = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}.`
const SHORT_LABELS = 'e.'.repeat(127)

test.each([
  ['the root', '.'],
  ['long labels', LONG_LABELS],
  ['short labels', SHORT_LABELS],
])('a zone with the name of %s lives and dies everywhere', async (_, zone) => {
  await system.proxy.createZone(OTHERS)
  // The SOA that PowerDNS itself would make has a longer name in it than there are.
  const soa = rrset(zone, 'SOA', 'ns.example.net. hostmaster.example.net. 1 10800 3600 604800 3600')
  await system.proxy.createZone(zone, [soa, rrset(zone, 'TXT', '"one"')])
  await system.everywhere(async (dns) => expect(await dns.txt(zone)).toEqual(['one']))
  await system.proxy.putZone(zone, {dnssec: true})
  await system.proxy.replace(zone, rrset(zone, 'TXT', '"two"'))
  await system.everywhere(async (dns) => expect(await dns.txt(zone)).toEqual(['two']))
  await system.follows(zone)
  await system.copies(zone)
  await system.follows(OTHERS)
  await system.proxy.deleteZone(zone)
  await system.proxy.deleteZone(OTHERS)
  await system.gone(zone)
  await system.gone(OTHERS)
})

async function looks(): Promise<number> {
  return system.metric('zone-provider', 'pdist_zones_provided_total')
}

function addresses(zone: string, from: number, to: number): RRset[] {
  return Array.from({length: to - from}, (_, index) => {
    const number = from + index
    return rrset(
      `host-${number}.${zone}`,
      'A',
      `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
    )
  })
}

/** Gives each item to the next of so many clients that is free. */
async function byClients<T>(
  clients: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({length: clients}, async () => {
      for (const item of rest) await work(item)
    }),
  )
}
