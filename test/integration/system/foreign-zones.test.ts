import {afterAll, beforeAll, expect, test} from 'vitest'
import {rrset, zonePath} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {type TestServer, TestSystem} from '../../support/system.js'

const CODE = 'PDIST_FOREIGN_ZONE'
/** Zones that the secondary ns1 has without pdist. */
const FOREIGN = [
  {name: 'native.example.', kind: 'Native', masters: []},
  {name: 'elsewhere.example.', kind: 'Slave', masters: ['127.0.0.1:1']},
]
const ZONES = FOREIGN.map(({name}) => name)

let system: TestSystem
let ns1: TestServer
let ns2: TestServer
beforeAll(async () => {
  system = await TestSystem.start()
  await system.reconfigure('syncer-ns1', '[syncer]\nheartbeat = "200ms"\nretry_max = "1s"')
  ns1 = system.secondary('ns1')
  ns2 = system.secondary('ns2')
  for (const zone of FOREIGN) await ns1.api.createZone(zone.name, [], zone)
})
afterAll(() => system?.stop())

test('zones of the same name that pdist did not make are left alone and told about', async () => {
  for (const zone of ZONES) {
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"ours"')])
    await eventually(async () => expect(await ns2.dns.txt(`www.${zone}`)).toEqual(['ours']))
  }
  await areTold('served')
  await areAsTheyWere()
})

test('they stay where the zone is deleted on the primary', async () => {
  for (const zone of ZONES) {
    await system.proxy.deleteZone(zone)
    await eventually(async () => expect((await ns2.dns.soa(zone)).state).toBe('not-served'))
  }
  await areTold('removed')
  await areAsTheyWere()
})

test('once they are gone, pdist serves its own, and tells of no problem any more', async () => {
  for (const zone of ZONES) {
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"ours again"')])
    await eventually(async () => expect(await ns2.dns.txt(`www.${zone}`)).toEqual(['ours again']))
  }
  await areAsTheyWere()
  for (const zone of ZONES) {
    await ns1.api.deleteZone(zone)
    await eventually(async () => expect(await ns1.dns.txt(`www.${zone}`)).toEqual(['ours again']))
    await system.copies(zone)
    await eventually(async () => {
      const healed = expect.objectContaining({event: 'zone.healed', zone})
      expect(await system.log('syncer-ns1')).toContainEqual(healed)
    })
  }
  await eventually(async () => expect(await problemsOf('ns1')).toEqual([]))
})

/** In the receipts, the zone's own view, the health and the log of ns1; while all is well with ns2. */
async function areTold(ns2State: 'served' | 'removed'): Promise<void> {
  const failed = {
    code: CODE,
    hints: expect.arrayContaining([expect.stringContaining('pdnsutil delete-zone')]),
  }
  const push = await system.command('zone', 'push', ...ZONES, '--timeout', '5s')
  const rows = [
    {secondary: 'ns1', state: 'failed', error: failed},
    {secondary: 'ns2', state: ns2State},
  ]
  expect(push.json).toMatchObject(ZONES.map((zone) => ({zone, confirmed: false, secondaries: rows})))
  expect(push.code).toBe(1)
  for (const zone of ZONES) {
    const show = await system.command('zone', 'show', zone)
    const [one, two] = (show.json as {secondaries: Array<{state: string}>}).secondaries
    expect(one).toMatchObject({secondary: 'ns1', error: failed})
    expect(one?.state).not.toBe('current')
    expect(two).toMatchObject({secondary: 'ns2', state: 'current'})
    expect(show.code).toBe(1)
    const line = {event: 'zone.not_served', zone, error: expect.objectContaining({code: CODE})}
    expect(await system.log('syncer-ns1')).toContainEqual(expect.objectContaining(line))
  }
  await eventually(async () => {
    const problems = ZONES.map((zone) => expect.objectContaining({zone, code: CODE}))
    expect(await problemsOf('ns1')).toEqual(expect.arrayContaining(problems))
  })
  expect(await problemsOf('ns2')).toEqual([])
}

async function areAsTheyWere(): Promise<void> {
  for (const zone of FOREIGN) expect(await ns1.api.call('GET', zonePath(zone.name))).toMatchObject(zone)
}

/** As `pdist health` tells them. */
async function problemsOf(name: string): Promise<unknown> {
  const {json} = await system.command('health')
  const {secondaries} = json as {secondaries: Array<{secondary: string; problems: unknown[]}>}
  return secondaries.find(({secondary}) => secondary === name)?.problems
}
