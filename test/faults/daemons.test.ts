import {afterAll, test} from 'vitest'
import {FaultBench} from '../support/faults/bench.js'
import {killFor} from '../support/faults/daemons.js'

const AWAY_MS = 20_000

const bench = new FaultBench()
afterAll(() => bench.stop())

test('1 SIGKILL of each daemon in turn, started again at once', (context) =>
  bench.row(context, async ({lab}) => {
    for (const {name} of lab.endpoints.daemons) await killFor(lab.part(name), 0)
  }))

test.for(['api-proxy', 'zone-provider', 'syncer-ns1', 'health-checker'])(
  '1 SIGKILL of %s, away for 20 s',
  (name, context) => bench.row(context, ({lab}) => killFor(lab.part(name), AWAY_MS)),
)
