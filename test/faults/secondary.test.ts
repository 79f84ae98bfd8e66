import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {afterAll, expect, test} from 'vitest'
import {rrset, zonePath} from '../support/api-client.js'
import {ApiRelay} from '../support/faults/api-relay.js'
import {FaultBench} from '../support/faults/bench.js'
import {configure} from '../support/faults/configure.js'
import {killFor} from '../support/faults/daemons.js'
import {ServerDatabase} from '../support/faults/database.js'
import {SmallDisk} from '../support/faults/small-disk.js'
import type {TestSystem} from '../support/system.js'

const AWAY_MS = 10_000
const mayMount = await SmallDisk.isPossible()

let api: ApiRelay
let disk: SmallDisk | undefined
const bench = new FaultBench({prepare, cleanUp})
afterAll(() => bench.stop())

test("5 SIGKILL of a secondary's PowerDNS, started again at once, and away for 10 s", (context) =>
  bench.row(context, async ({lab}) => {
    await killFor(lab.part('ns1'), 0)
    await killFor(lab.part('ns1'), AWAY_MS)
  }))

test.for(['error', 'hang'] as const)("5 a secondary's API answers with %s for 10 s", (mode, context) =>
  bench.row(context, async () => {
    api.mode = mode
    await pause(AWAY_MS)
    expect(api.damaged).toBeGreaterThan(0)
    api.mode = 'pass'
  }),
)

// Where no disk can be mounted it is skipped.
test.skipIf(!mayMount)("5 a secondary's disk full for 10 s", (context) =>
  bench.row(context, async (system) => {
    const {lab} = system
    await new ServerDatabase(system, 'ns1').truncateLog()
    await disk?.fill()
    await pause(AWAY_MS)
    expect(await readFile(join(lab.endpoints.dir, 'ns1.log'), 'utf8')).toContain('disk is full')
    await disk?.free()
    // PowerDNS 4.7 ends where it cannot commit a transfer: systemd would start it again.
    await lab.part('ns1').start()
  }),
)

test("5 a zone deleted and one edited behind pdist's back", (context) =>
  bench.row(context, async (system) => {
    const [deleted, edited] = ['deleted.behind.example.', 'edited.behind.example.']
    for (const zone of [deleted, edited]) {
      await system.proxy.createZone(zone)
      await system.follows(zone)
    }
    const ns1 = system.secondary('ns1')
    await ns1.api.deleteZone(deleted)
    await ns1.api.replace(edited, rrset(`intruder.${edited}`, 'TXT', '"never on the primary"'))
    // Not the primary's any more.
    const {text} = await ns1.api.send('GET', zonePath(edited))
    expect(text).toContain('intruder')
  }))

test("5 a secondary's database emptied while it runs", (context) =>
  bench.row(context, async (system) => new ServerDatabase(system, 'ns1').empty()))

test("5 a secondary's database deleted while it runs, and PowerDNS started again with an empty one", (context) =>
  bench.row(context, async (system) => {
    await new ServerDatabase(system, 'ns1').replace()
    await killFor(system.lab.part('ns1'), 0)
  }))

async function prepare(system: TestSystem): Promise<void> {
  const {dir, secondaries} = system.lab.endpoints
  new ServerDatabase(system, 'ns1').spare()
  const ns1 = secondaries.find(({name}) => name === 'ns1')
  api = await ApiRelay.open(ns1?.apiUrl ?? '')
  await configure(system, 'syncer-ns1', {secondary: {api_url: api.url}})
  if (!mayMount) return
  const part = system.lab.part('ns1')
  await part.stop()
  disk = await SmallDisk.mount(join(dir, 'ns1-disk'))
  await disk.takeOver(join(dir, 'ns1'), 'pdns.sqlite3')
  await part.start()
}

async function cleanUp({lab}: TestSystem): Promise<void> {
  await lab.part('ns1').stop()
  await disk?.unmount()
  disk = undefined
  await api?.close()
}
