import {afterAll, test} from 'vitest'
import {FaultBench} from '../support/faults/bench.js'
import {killFor} from '../support/faults/daemons.js'
import {dieBeforePublishing} from '../support/faults/proxy-death.js'

// The rows of the fault table that matter most, with short outages; `npm run test:faults` does all of them.
const ONCE = {retry: 0}
const AWAY_MS = 2_000

const bench = new FaultBench({beforeMs: 1_000, afterMs: 2_000})
afterAll(() => bench.stop())

test('SIGKILL of each daemon in turn', ONCE, (context) =>
  bench.row(context, async ({lab}) => {
    for (const {name} of lab.endpoints.daemons) await killFor(lab.part(name), 0)
  }),
)

test("SIGKILL of the api-proxy between PowerDNS's answer and the publish", ONCE, (context) =>
  bench.row(context, (system) => dieBeforePublishing(system, 'unlucky')),
)

test('SIGKILL of nats-server', ONCE, (context) =>
  bench.row(context, ({lab}) => killFor(lab.part('nats'), AWAY_MS)),
)

test("SIGKILL of a secondary's PowerDNS", ONCE, (context) =>
  bench.row(context, ({lab}) => killFor(lab.part('ns1'), AWAY_MS)),
)
