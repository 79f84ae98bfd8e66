import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {afterAll, expect, test} from 'vitest'
import {ZoneStore} from '../../src/lib/broker/zone-store.js'
import {eventually} from '../support/eventually.js'
import {FaultBench} from '../support/faults/bench.js'
import {killFor} from '../support/faults/daemons.js'
import {openBroker} from '../support/settled.js'
import type {TestSystem} from '../support/system.js'

const AWAY_MS = 60_000
const REBUILT_WITHIN_MS = 30_000

const bench = new FaultBench()
afterAll(() => bench.stop())

test('3 SIGKILL of nats-server, started again at once, three times', (context) =>
  bench.row(context, async ({lab}) => {
    for (let i = 0; i < 3; i++) {
      await killFor(lab.part('nats'), 0)
      await pause(2_000)
    }
  }))

test('3 nats-server away for 60 s', (context) =>
  bench.row(context, ({lab}) => killFor(lab.part('nats'), AWAY_MS)))

test("3 nats-server's store wiped", async (context) => {
  await bench.row(context, async ({lab}) => {
    await lab.part('nats').kill()
    await rm(join(lab.endpoints.dir, 'nats', 'jetstream'), {recursive: true})
    await lab.part('nats').start()
  })
  // Equal they were all the time: the store itself has to have all zones again.
  await eventually(async () => {
    const zones = await bench.system.primary.api.zoneNames()
    expect(await storedZones(bench.system)).toEqual(zones.sort())
  }, REBUILT_WITHIN_MS)
})

async function storedZones(system: TestSystem): Promise<string[]> {
  const broker = await openBroker(system)
  try {
    const zones: string[] = []
    const malformed = (error: Error) => {
      throw error
    }
    for await (const state of new ZoneStore(broker).list(AbortSignal.timeout(10_000), malformed))
      if (state.kind === 'version') zones.push(state.zone)
    return zones.sort()
  } finally {
    await broker.close()
  }
}
