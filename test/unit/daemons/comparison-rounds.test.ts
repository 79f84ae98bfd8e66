import {expect, it, vi} from 'vitest'
import {ComparisonRounds} from '../../../src/daemons/health-checker/compare.js'
import type {ComparisonOutcome} from '../../../src/lib/sync/compare/secondary-comparison.js'
import {TestContext} from '../../support/daemon-context.js'
import {eventually} from '../../support/eventually.js'

const ENV = {PDIST_HEALTH_CHECKER_COMPARE_EVERY: '1h'}

/** Rounds over these secondaries, with what each comparison comes to; `compared` has the names in order. */
async function running(
  active: Record<string, boolean>,
  outcomes: Array<ComparisonOutcome | Error | Promise<Error>> = [],
) {
  const context = await TestContext.open('health-checker', ENV)
  const compared: string[] = []
  let decide: (id: string) => void = () => undefined
  const rounds = new ComparisonRounds(context, {
    watch: {
      get comparable() {
        return Object.keys(active).filter((secondary) => active[secondary])
      },
    },
    comparison: {
      compare: async (secondary) => {
        compared.push(secondary)
        const outcome = (await outcomes.shift()) ?? 'equal'
        if (outcome instanceof Error) throw outcome
        return outcome
      },
    },
    control: {
      watchDecisions: async ({signal}, on) => {
        decide = on
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    },
  })
  context.background('rounds', (signal) => rounds.run(signal))
  return {context, compared, rounds, decide: () => decide('0123456789')}
}

it('compares each active secondary once, and another when it becomes active', async () => {
  const active = {ns1: true, ns2: true, ns3: false}
  const {context, compared} = await running(active)
  await using _ = context
  await eventually(() => expect(compared.sort()).toEqual(['ns1', 'ns2']))
  active.ns3 = true
  await eventually(() => expect(compared.sort()).toEqual(['ns1', 'ns2', 'ns3']))
})

it('compares again when it is told to, and after a decision', async () => {
  const {context, compared, rounds, decide} = await running({ns1: true})
  await using _ = context
  await eventually(() => expect(compared).toHaveLength(1))
  rounds.compareAll()
  await eventually(() => expect(compared).toHaveLength(2))
  decide()
  await eventually(() => expect(compared).toHaveLength(3))
})

it('tries again soon after a secondary was not ready', async () => {
  const {context, compared} = await running({ns1: true}, ['not ready', 'not ready', 'equal'])
  await using _ = context
  await eventually(() => expect(compared).toHaveLength(3))
  expect(await context.shown('pdist_comparisons_total')).toEqual([
    'pdist_comparisons_total{secondary="ns1",outcome="not ready"} 2',
    'pdist_comparisons_total{secondary="ns1",outcome="equal"} 1',
  ])
})

it('says why a secondary could not be compared, and goes on', async () => {
  const {context, compared} = await running({ns1: true}, [new Error('no answer')])
  await using _ = context
  await eventually(() => expect(compared).toHaveLength(2), 20_000)
  expect(context.events).toContainEqual(expect.objectContaining({event: 'secondary.not_compared'}))
})

it('says nothing of a secondary that was forgotten while it was compared', async () => {
  const active: Record<string, boolean> = {ns1: true}
  const {promise, resolve} = Promise.withResolvers<Error>()
  const {context, compared} = await running(active, [promise])
  await using _ = context
  await eventually(() => expect(compared).toEqual(['ns1']))
  delete active.ns1
  active.ns2 = true
  await eventually(() => expect(compared).toEqual(['ns1', 'ns2']))
  resolve(new Error('no answer'))
  await new Promise(setImmediate)
  expect(context.events).toEqual([])
  expect(await context.shown('pdist_comparisons_total')).toEqual([
    'pdist_comparisons_total{secondary="ns2",outcome="equal"} 1',
  ])
})

it('comes less and less often where there is no answer, which does not hold up what is repaired afterwards', async () => {
  vi.useFakeTimers()
  try {
    const failures = Array.from({length: 3}, () => new Error('no answer'))
    const {context, compared} = await running({ns1: true}, [...failures, 'repairing'])
    await using _ = context
    const after = async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms)
      return compared.length
    }
    expect([await after(1), await after(4_000), await after(2_000)]).toEqual([1, 1, 2])
    expect([await after(8_000), await after(2_000)]).toEqual([2, 3])
    expect([await after(18_000), await after(3_000), await after(5_200)]).toEqual([3, 4, 5])
  } finally {
    vi.useRealTimers()
  }
})

it('is not made twice at once of a secondary that came back meanwhile, but once more', async () => {
  const active: Record<string, boolean> = {ns1: true}
  const {promise, resolve} = Promise.withResolvers<Error>()
  const {context, compared} = await running(active, [promise])
  await using _ = context
  await eventually(() => expect(compared).toEqual(['ns1']))
  active.ns1 = false
  active.ns2 = true
  await eventually(() => expect(compared).toEqual(['ns1', 'ns2']))
  active.ns1 = true
  active.ns3 = true
  await eventually(() => expect(compared).toEqual(['ns1', 'ns2', 'ns3']))
  active.ns1 = false
  resolve(new Error('no answer'))
  await new Promise(setImmediate)
  active.ns1 = true
  await eventually(() => expect(compared).toEqual(['ns1', 'ns2', 'ns3', 'ns1']))
})
