import {afterAll, expect, test} from 'vitest'
import {type RRset, rrset} from '../support/api-client.js'
import {eventually} from '../support/eventually.js'
import {FaultBench} from '../support/faults/bench.js'
import type {TestSystem} from '../support/system.js'

const HIGH = 4_000_000_000
const LOW = 5
const CHANGES = 1_000
/** By its own count: changes of the other zones go on meanwhile. */
const DEAD = ['syncer-ns1', 'ns1']

const bench = new FaultBench()
afterAll(() => bench.stop())

test('10 zones deleted and recreated with a lower serial, with both secondaries there and one away', (context) =>
  bench.row(context, async (system) => {
    await recreateLower(system, 'lower.example.')
    await amidAbsence(system, () => recreateLower(system, 'lower-unseen.example.'))
  }))

test('10 serials that wrap at 2^32, with both secondaries there and one away', (context) =>
  bench.row(context, async (system) => {
    await wrap(system, 'wrap.example.')
    await amidAbsence(system, () => wrap(system, 'wrap-unseen.example.'))
  }))

test('11 the same zone changed 1,000 times while a secondary is down', (context) =>
  bench.row(context, async (system) => {
    const before = bench.churn.changes
    await amidAbsence(system, () => bench.churn.hammer(bench.churn.zones[1] ?? '', CHANGES))
    expect(bench.churn.changes - before).toBeGreaterThan(CHANGES * 0.9)
  }))

async function amidAbsence({lab}: TestSystem, work: () => Promise<void>): Promise<void> {
  for (const name of DEAD) await lab.part(name).kill()
  await work()
  for (const name of DEAD.toReversed()) await lab.part(name).start()
}

/** ns2 has seen each step; ns1 may have been away. */
async function recreateLower(system: TestSystem, zone: string): Promise<void> {
  await system.proxy.createZone(zone, [soa(zone, HIGH)], {soa_edit_api: 'OFF'})
  await atNs2(system, zone, HIGH)
  await system.proxy.deleteZone(zone)
  await system.proxy.createZone(zone, [soa(zone, LOW)], {soa_edit_api: 'OFF'})
  await atNs2(system, zone, LOW)
}

async function wrap(system: TestSystem, zone: string): Promise<void> {
  await system.proxy.createZone(zone, [soa(zone, 2 ** 32 - 2)], {soa_edit_api: 'OFF'})
  for (const serial of [2 ** 32 - 1, 0, 1]) {
    await system.proxy.replace(zone, soa(zone, serial))
    await atNs2(system, zone, serial)
  }
}

async function atNs2(system: TestSystem, zone: string, serial: number): Promise<void> {
  const {dns} = system.secondary('ns2')
  await eventually(async () => expect(await dns.soa(zone)).toMatchObject({state: 'served', serial}))
}

function soa(zone: string, serial: number): RRset {
  return rrset(zone, 'SOA', `ns1.${zone} hostmaster.${zone} ${serial} 10800 3600 604800 3600`)
}
