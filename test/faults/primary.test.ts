import {setTimeout as pause} from 'node:timers/promises'
import {afterAll, expect, test} from 'vitest'
import {ApiRelay} from '../support/faults/api-relay.js'
import {FaultBench} from '../support/faults/bench.js'
import {configure} from '../support/faults/configure.js'
import {killFor} from '../support/faults/daemons.js'
import {TcpRelay} from '../support/faults/tcp-relay.js'
import type {TestSystem} from '../support/system.js'

const DAMAGED_MS = 15_000

let transfers: TcpRelay
let primaryApi: ApiRelay
let secondaryApi: ApiRelay
const bench = new FaultBench({prepare, cleanUp})
afterAll(() => bench.stop())

test("6 SIGKILL of the primary's PowerDNS during transfers, three times", (context) =>
  bench.row(context, async ({lab}) => {
    for (let i = 0; i < 3; i++) {
      await killFor(lab.part('primary'), 0)
      await pause(2_000)
    }
  }))

test.for([
  ['cut in the middle', 'cut'],
  ['that stop in the middle and never end', 'hold'],
  ['that never end, a byte a second', 'drip'],
] as const)('6 all transfers from the primary %s for 15 s', ([, mode], context) =>
  bench.row(context, async () => {
    transfers.mode = mode
    const before = transfers.damaged
    await pause(DAMAGED_MS)
    expect(transfers.damaged).toBeGreaterThan(before)
    transfers.mode = 'pass'
  }),
)

test('6 empty listings of zones, from the primary and from a secondary, also when daemons start', (context) =>
  bench.row(context, async ({lab}) => {
    primaryApi.mode = 'empty'
    secondaryApi.mode = 'empty'
    for (const name of ['zone-provider', 'syncer-ns1']) await killFor(lab.part(name), 0)
    await pause(DAMAGED_MS)
    expect(secondaryApi.damaged).toBeGreaterThan(0)
    primaryApi.mode = 'pass'
    secondaryApi.mode = 'pass'
  }))

async function prepare(system: TestSystem): Promise<void> {
  const {primary, secondaries} = system.lab.endpoints
  const ns1 = secondaries.find(({name}) => name === 'ns1')
  transfers = await TcpRelay.open(primary.dns)
  primaryApi = await ApiRelay.open(primary.apiUrl)
  secondaryApi = await ApiRelay.open(ns1?.apiUrl ?? '')
  const damageable = {api_url: primaryApi.url, dns: `127.0.0.1:${transfers.port}`}
  await configure(system, 'zone-provider', {primary: damageable})
  await configure(system, 'syncer-ns1', {secondary: {api_url: secondaryApi.url}})
}

async function cleanUp({lab}: TestSystem): Promise<void> {
  await Promise.all(['zone-provider', 'syncer-ns1'].map((name) => lab.part(name).stop()))
  await Promise.all([transfers, primaryApi, secondaryApi].map((relay) => relay?.close()))
}
