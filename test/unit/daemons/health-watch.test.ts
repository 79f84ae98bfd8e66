import {expect, it} from 'vitest'
import {HealthWatch} from '../../../src/daemons/health-checker/watch.js'
import type {Presence} from '../../../src/lib/broker/presence.js'
import {type ZoneName, zoneName} from '../../../src/lib/dns/name.js'
import {ActivityTracker} from '../../../src/lib/sync/watch/activity.js'
import {AnswerTracker} from '../../../src/lib/sync/watch/answers.js'
import {ConvergenceTracker} from '../../../src/lib/sync/watch/convergence.js'
import {TestContext} from '../../support/daemon-context.js'
import {stored, versionOf} from '../../support/versions.js'

const ZONES = 50

function presence(secondary: string, fields: Partial<Presence> = {}): Presence {
  return {
    ...{secondary, state: 'ok', pdist: '0.1.0', powerdns: '4.7.3', node: 'v24', ageMs: 0},
    ...{zones: 2, pending: 0, lag: 0, load: 0.5, warnings: [], problems: [], problemCount: 0, startedAt: 1},
    ...fields,
  }
}

/** With ns1 and ns2 active, and zones that neither of them proved. */
async function watching() {
  const context = await TestContext.open('health-checker')
  const convergence = new ConvergenceTracker({confirmWithinMs: 0})
  const leadership = {leading: true}
  const orders: Array<{secondary: string; zones: number}> = []
  const watch = new HealthWatch(context, {
    activity: new ActivityTracker(60_000),
    convergence,
    answers: new AnswerTracker({answerWithinMs: 60_000}),
    commands: {
      resync: async (secondary: string, zones: readonly ZoneName[]) => {
        orders.push({secondary, zones: zones.length})
        return {queued: zones.length}
      },
    },
    leadership,
  })
  watch.heard(presence('ns1'))
  watch.heard(presence('ns2'))
  for (let i = 0; i < ZONES; i++) {
    convergence.stored(stored(versionOf(zoneName(`z${i}.test`)), i + 1), performance.now())
  }
  return {context, convergence, watch, leadership, orders}
}

it('sends again as the leader only; who takes over has nothing forgotten', async () => {
  const {watch, leadership, orders} = await watching()
  leadership.leading = false
  await watch.look()
  expect(orders).toEqual([])
  leadership.leading = true
  await watch.look()
  expect(orders).toEqual([
    {secondary: 'ns1', zones: ZONES},
    {secondary: 'ns2', zones: ZONES},
  ])
})

it('tells what a secondary does not get of its PowerDNS, once, and when it has it again', async () => {
  const {context, watch} = await watching()
  const outage = {of: 'DNS' as const, since: 1, code: 'PDIST_X', message: '', hints: []}
  const shown = async () =>
    (await context.shown('pdist_secondary_outage')).filter((line) => line.includes('"ns1"'))
  for (let i = 0; i < 2; i++) watch.heard(presence('ns1', {outages: [outage]}))
  expect(await shown()).toEqual([
    'pdist_secondary_outage{secondary="ns1",of="DNS"} 1',
    'pdist_secondary_outage{secondary="ns1",of="API"} 0',
    'pdist_secondary_outage{secondary="ns1",of="survey"} 0',
  ])
  for (let i = 0; i < 2; i++) watch.heard(presence('ns1'))
  expect((await shown())[0]).toBe('pdist_secondary_outage{secondary="ns1",of="DNS"} 0')
  const told = context.events.map(({event}) => event).filter((event) => /answered$/.test(String(event)))
  expect(told).toEqual(['secondary.unanswered', 'secondary.answered'])
})

it.each([
  ['by its own limits', {shortages: ['disk'] as const}],
  ['by ours', {load: 2.5}],
])('goes easy on a secondary that is short of something %s, until it is not', async (_, fields) => {
  const {context, watch, orders} = await watching()
  watch.heard(presence('ns1', fields))
  watch.heard(presence('ns1', fields))
  expect(await context.shown('pdist_secondary_overloaded')).toEqual([
    'pdist_secondary_overloaded{secondary="ns1"} 1',
    'pdist_secondary_overloaded{secondary="ns2"} 0',
  ])
  await watch.look()
  expect(orders).toEqual([
    {secondary: 'ns1', zones: 20},
    {secondary: 'ns2', zones: ZONES},
  ])
  watch.heard(presence('ns1'))
  await watch.look()
  expect(orders.filter(({secondary}) => secondary === 'ns1').at(-1)?.zones).toBeGreaterThan(20)
  const told = context.events.map(({event}) => event).filter((event) => event?.endsWith('loaded'))
  expect(told).toEqual(['secondary.loaded', 'secondary.unloaded'])
})

it('shows what each secondary has left, where it says so', async () => {
  const {context, watch} = await watching()
  const disks = [
    {path: '/a', total: 1000, free: 300},
    {path: '/b', total: 1000, free: 200},
  ]
  watch.heard(presence('ns1', {memory: {total: 1000, available: 250}, disks}))
  expect(await context.shown('pdist_secondary_memory')).toEqual([
    'pdist_secondary_memory_available_ratio{secondary="ns1"} 0.25',
  ])
  expect(await context.shown('pdist_secondary_disk')).toEqual([
    'pdist_secondary_disk_free_ratio{secondary="ns1"} 0.2',
  ])
})

const PAUSED = {since: 1, by: 'jo@host'}

it('neither resends to a paused secondary nor compares it, until it goes on', async () => {
  const {context, convergence, watch, orders} = await watching()
  watch.heard(presence('ns1', {paused: PAUSED}))
  await watch.look()
  expect(orders).toEqual([{secondary: 'ns2', zones: ZONES}])
  expect(watch.all.map(({secondary, active}) => [secondary, active])).toEqual([
    ['ns1', false],
    ['ns2', true],
  ])
  expect(await context.shown('pdist_secondary_paused')).toEqual([
    'pdist_secondary_paused{secondary="ns1"} 1',
    'pdist_secondary_paused{secondary="ns2"} 0',
  ])
  expect(await context.shown('pdist_secondary_active')).toContain('pdist_secondary_active{secondary="ns1"} 1')
  // Silent and back again, it still is.
  watch.heard(presence('ns1', {paused: PAUSED, ageMs: 120_000}))
  watch.heard(presence('ns1', {paused: PAUSED}))
  convergence.stored(stored(versionOf(zoneName('new.test')), 100), performance.now())
  watch.heard(presence('ns1'))
  convergence.stored(stored(versionOf(zoneName('newer.test')), 101), performance.now())
  orders.length = 0
  await watch.look()
  expect(orders).toContainEqual({secondary: 'ns1', zones: 1})
  expect(watch.all[0]?.active).toBe(true)
  const told = context.events.flatMap(({event, secondary}) => (secondary === 'ns1' ? [event] : []))
  expect(told).toContain('secondary.paused')
  expect(told.filter((event) => event === 'secondary.resumed')).toHaveLength(1)
})

it('knows nothing any more of a secondary that was forgotten', async () => {
  const {context, watch, orders} = await watching()
  watch.heard(presence('ns1', {load: 5}))
  await watch.forgotten('ns1')
  await watch.look()
  expect(orders).toEqual([{secondary: 'ns2', zones: ZONES}])
  expect(watch.all.map(({secondary}) => secondary)).toEqual(['ns2'])
  expect((await context.shown('pdist_secondary')).filter((line) => line.includes('ns1'))).toEqual([])
})

it('has nothing compared where PowerDNS gives no answer, until it does', async () => {
  const {watch} = await watching()
  const outage = {since: 1, code: 'CODE', message: 'why', hints: []}
  for (const of of ['DNS', 'API'] as const) {
    watch.heard(presence('ns2', {outages: [{of, ...outage}]}))
    expect(watch.comparable).toEqual(['ns1'])
    watch.heard(presence('ns2', {outages: [{of: 'survey', ...outage}]}))
    expect(watch.comparable).toEqual(['ns1', 'ns2'])
  }
  watch.heard(presence('ns1', {paused: {since: 1, by: 'me'}}))
  expect(watch.comparable).toEqual(['ns2'])
})
