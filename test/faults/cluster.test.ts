import {setTimeout as pause} from 'node:timers/promises'
import {afterAll, test} from 'vitest'
import {eventually} from '../support/eventually.js'
import {FaultBench} from '../support/faults/bench.js'
import {setKeys} from '../support/faults/configure.js'
import {killFor} from '../support/faults/daemons.js'
import {NatsCluster} from '../support/faults/nats-cluster.js'
import type {TestSystem} from '../support/system.js'

const ZONES = 'KV_pdist-zones'
const AWAY_MS = 5_000
const PARTITIONED_MS = 20_000

let cluster: NatsCluster
const bench = new FaultBench({prepare: moveToCluster, cleanUp})
afterAll(() => bench.stop())

test("4 R3: the zone store's leader killed, back after 5 s", (context) =>
  bench.row(context, async () => killFor((await leader()).part, AWAY_MS)))

test('4 R3: each node killed in turn, back after 5 s', (context) =>
  bench.row(context, async () => {
    for (const {part} of cluster.nodes) {
      await killFor(part, AWAY_MS)
      // The next one only when this one has what it missed: two of three nodes are the least that works.
      await pause(AWAY_MS)
    }
  }))

test("4 R3: the zone store's leader cut off from the others for 20 s", (context) =>
  bench.row(context, async () => {
    const node = await leader()
    cluster.partition(node, 'refuse')
    await pause(PARTITIONED_MS)
    cluster.partition(node, 'pass')
  }))

function leader() {
  return eventually(() => cluster.leaderOf(ZONES))
}

/** The lab's own nats-server stays, unused. */
async function moveToCluster(system: TestSystem): Promise<void> {
  const {lab} = system
  const daemons = lab.endpoints.daemons.map(({name}) => name)
  await Promise.all(daemons.map((name) => lab.part(name).stop()))
  cluster = await NatsCluster.start(lab.endpoints.dir)
  for (const name of daemons) await setKeys(system, name, {broker: {servers: cluster.urls, replicas: 3}})
  await Promise.all(daemons.map((name) => lab.part(name).start()))
}

async function cleanUp({lab}: TestSystem): Promise<void> {
  await Promise.all(lab.endpoints.daemons.map(({name}) => lab.part(name).stop()))
  await cluster?.stop()
}
