import {setTimeout as pause} from 'node:timers/promises'
import {afterAll, expect, test} from 'vitest'
import {eventually} from '../support/eventually.js'
import {FaultBench} from '../support/faults/bench.js'
import {Injector, type Recorded} from '../support/faults/injector.js'
import {openBroker} from '../support/settled.js'
import type {TestSystem} from '../support/system.js'

const RECORDED_MS = 4_000
const ZONES = '$KV.pdist-zones.'
const KINDS = ['pdist.event.', 'pdist.receipt.', 'pdist.provided.', '$KV.pdist-secondaries.']

const bench = new FaultBench()
afterAll(() => bench.stop())

test('12 messages repeated, reordered and malformed, on every subject but the zone store', (context) =>
  bench.row(context, async (system) => {
    await inject(system, ['pdist.>', '$KV.pdist-secondaries.>', '$KV.pdist-leases.>'], (recorded) => {
      // It was there to be repeated.
      for (const kind of KINDS)
        expect(
          recorded.map(({subject}) => subject.startsWith(kind)),
          kind,
        ).toContain(true)
    })
  }))

// What is put in the place of a zone's state is signed, but older than what was taken: it is served by nobody.
test('12 the zone store: states repeated, put back in time, and overwritten with garbage', (context) =>
  bench.row(context, async (system) => {
    await inject(system, [`${ZONES}>`], (recorded) => expect(recorded.length).toBeGreaterThan(10))
  }))

async function inject(
  system: TestSystem,
  subjects: readonly string[],
  check: (recorded: readonly Recorded[]) => void,
): Promise<void> {
  const broker = await openBroker(system)
  try {
    const injector = new Injector(broker, subjects)
    await pause(RECORDED_MS)
    // Heartbeats come every ten seconds only.
    await eventually(() => check(injector.soFar), 30_000)
    const recorded = injector.recorded()
    await injector.send(recorded)
    await injector.send(recorded.toReversed())
    const seen = new Set(recorded.map(({subject}) => subject))
    await injector.sendGarbage([...seen, ...strange(subjects)])
  } finally {
    await broker.close()
  }
}

/** Subjects that nobody has a reason to use. */
function strange(subjects: readonly string[]): string[] {
  const keys = ['nowhere.example', '=ZZ', 'a.=00.', 'UPPER.example', 'a'.repeat(300)]
  const prefixes = subjects.includes(`${ZONES}>`)
    ? [ZONES]
    : [...KINDS.map((kind) => (kind === 'pdist.event.' ? `${kind}modified.` : kind)), 'pdist.event.bogus.']
  const commands = ['pdist.command.ns1', 'pdist.command.ns2', 'pdist.command.nobody']
  const all = prefixes.flatMap((prefix) => keys.map((key) => `${prefix}${key.replace(/\.$/, '')}`))
  return prefixes.includes(ZONES) ? all : [...all, ...commands]
}
