import {afterAll, test} from 'vitest'
import {FaultBench} from '../support/faults/bench.js'
import {dieBeforePublishing} from '../support/faults/proxy-death.js'

const bench = new FaultBench()
afterAll(() => bench.stop())

test("2 SIGKILL of the api-proxy between PowerDNS's answer and the publish", (context) =>
  bench.row(context, (system) => dieBeforePublishing(system, 'unlucky')))
