import {afterAll, beforeAll, expect, test} from 'vitest'
import {rrset} from '../../support/api-client.js'
import {AskingClient} from '../../support/asking-client.js'
import {eventually} from '../../support/eventually.js'
import {sameEverywhere, settled} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'

/** How long PowerDNS's caches keep an old answer, and when its own second try for a dropped request would come. */
const POWERDNS_WAITS_MS = 20_000

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
})
afterAll(() => system?.stop())

test('of 100 bursts of ten changes the last one is served without being sent again', async () => {
  const zone = 'burst.example.'
  await system.proxy.createZone(zone)
  for (let burst = 0; burst < 100; burst++) {
    for (let i = 0; i < 10; i++) await change(zone, `${burst}-${i}`)
    await system.everywhere(
      async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual([`${burst}-9`]),
      POWERDNS_WAITS_MS * 0.75,
    )
  }
  expect(await system.metric('health-checker', 'pdist_resends_total')).toBe(0)
  await settled(system)
  await sameEverywhere(system)
})

test('with clients that ask all the time no old answer comes back into the caches, in 200 changes', async () => {
  const zones = Array.from({length: 4}, (_, i) => `asked-${i}.example.`)
  for (const zone of zones) await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"first"')])
  await Promise.all(zones.map((zone) => system.follows(zone)))
  const clients = zones.flatMap((zone) =>
    system.lab.endpoints.secondaries.map(({dns}) => new AskingClient(dns, `www.${zone}`)),
  )
  try {
    for (let round = 0; round < 50; round++) {
      for (const zone of zones) await change(zone, `${round}`)
      await Promise.all(clients.map((client) => seesOnly(client, `${round}`)))
    }
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
})

/**
 * A hundred new answers in a row take longer than it takes until the second flush; in that time an old answer may still be
 * seen, but not stay as it would in PowerDNS's caches.
 */
async function seesOnly(client: AskingClient, text: string): Promise<void> {
  await eventually(() => {
    expect(client.answer.text).toBe(text)
    expect(client.answer.times).toBeGreaterThanOrEqual(100)
  }, POWERDNS_WAITS_MS * 0.75)
}

async function change(zone: string, text: string): Promise<void> {
  await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', `"${text}"`))
}
