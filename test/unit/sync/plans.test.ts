import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {compare} from '../../../src/lib/sync/compare/compare-secondary.js'
import {type SweepableStore, sweep} from '../../../src/lib/sync/provide/sweep.js'
import {isOurs, type LocalZone, ourSerials} from '../../../src/lib/sync/secondary.js'
import {assessHealth, type HealthFacts} from '../../../src/lib/sync/watch/health.js'
import type {HeldPlan} from '../../../src/lib/zone/plan.js'
import type {Stored} from '../../../src/lib/zone/version.js'
import {DAEMONS} from '../../support/live.js'
import {stored, tombstoneOf, versionOf} from '../../support/versions.js'

const OWN = ['127.0.0.1:20102', '[::1]:20102']

function local(name: string, fields: Partial<LocalZone> = {}): LocalZone {
  return {
    zone: zoneName(name),
    kind: 'secondary',
    masters: OWN.slice(0, 1),
    serial: 1,
    lastCheck: 0,
    ...fields,
  }
}

describe('what is ours', () => {
  it.each([
    [{}, true],
    [{masters: OWN}, true],
    [{masters: []}, false],
    [{masters: [...OWN, '192.0.2.1']}, false],
    [{masters: ['127.0.0.1']}, false],
    [{kind: 'native'}, false],
    [{kind: 'primary'}, false],
  ])('%j: %s', (fields, expected) => {
    expect(isOurs(local('a.test', fields), OWN)).toBe(expected)
  })
})

describe('comparing the store with a secondary', () => {
  it('finds what is missing, what differs, what is to go, and what nobody knows', async () => {
    const serial = (value: number) => ({fingerprint: {serial: value, signatures: []}})
    const states = [
      versionOf('same.test', serial(2 ** 32 - 1)),
      versionOf('missing.test'),
      versionOf('older.test', serial(2)),
      tombstoneOf('deleted.test'),
      tombstoneOf('gone.test'),
      versionOf('foreign.test'),
      tombstoneOf('foreign-too.test'),
    ]
    const here = [
      local('same.test', {serial: 2 ** 32 - 1}),
      local('older.test', {serial: 1}),
      local('deleted.test'),
      local('orphan.test'),
      local('foreign.test', {kind: 'native'}),
      local('foreign-too.test', {masters: ['192.0.2.1']}),
      local('unknown.test', {masters: ['192.0.2.1']}),
    ]
    const serials = await ourSerials({eachZone: () => each(here)}, OWN, new AbortController().signal)
    expect(await compare(each(states), serials)).toEqual({
      zones: 7,
      differences: [
        {zone: 'missing.test.', because: 'missing here'},
        {zone: 'older.test.', because: 'other serial here'},
        {zone: 'deleted.test.', because: 'deleted in the store'},
        {zone: 'foreign.test.', because: 'missing here'},
      ],
      orphans: ['orphan.test.'],
    })
  })
})

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

describe('health', () => {
  const facts: HealthFacts = {
    broker: {server: '127.0.0.1:4222', version: '2.9.10', streams: []},
    convergence: {seconds: 300, proofs: 0},
    daemons: DAEMONS,
    zones: {present: 2, deleted: 1},
    events: {waiting: 0, inFlight: 0},
    plans: [],
    secondaries: [],
  }
  const known = {
    state: 'ok' as const,
    ...{secondary: 'ns1', active: true, ageMs: 1234.5, zones: 2, pending: 0, lag: 0, load: 0.1},
    ...{pdist: '0.1.0', powerdns: '4.7.3', node: 'v24', warnings: [], problems: [], problemCount: 0},
  }

  it('is ok where every secondary is', () => {
    expect(assessHealth({...facts, secondaries: [known]})).toEqual({
      ...{state: 'ok', reasons: [], broker: facts.broker, zones: facts.zones, events: facts.events},
      ...{convergence: facts.convergence, plans: [], daemons: DAEMONS},
      secondaries: [
        {
          ...{secondary: 'ns1', state: 'ok', ageMs: 1235, zones: 2, pending: 0, lag: 0, load: 0.1},
          versions: {pdist: '0.1.0', powerdns: '4.7.3', node: 'v24'},
          ...{warnings: [], problems: [], problemCount: 0},
        },
      ],
    })
  })

  it('tells what a secondary has left, where it says so', () => {
    const means = {memory: {total: 10, available: 5}, disks: [{path: '/', total: 10, free: 1}]}
    expect(assessHealth({...facts, secondaries: [{...known, ...means}]}).secondaries).toMatchObject([means])
  })

  it('is critical without secondaries and with a silent one, and tells the worst first', () => {
    expect(assessHealth(facts)).toMatchObject({
      state: 'critical',
      reasons: ['no secondary has ever sent a heartbeat: start `pdist daemon syncer` on each'],
    })
    const warned = {...known, secondary: 'ns2', state: 'warning' as const, warnings: ['load', 'problems']}
    const silent = {...known, secondary: 'ns3', active: false, ageMs: 45_400, warnings: ['old news']}
    expect(assessHealth({...facts, secondaries: [warned, silent]})).toMatchObject({
      state: 'critical',
      reasons: [expect.stringMatching(/^ns3 is silent for 45 s: look/), 'ns2: load', 'ns2: problems'],
      secondaries: [{state: 'warning'}, {state: 'inactive'}],
    })
    expect(assessHealth({...facts, secondaries: [warned]})).toMatchObject({state: 'warning'})
  })

  it('warns of a paused secondary, and does not miss it while it is switched off', () => {
    const pause = {since: 0, reason: 'new disk', by: 'jo@host'}
    const words = 'paused since 1970-01-01T00:00:00.000Z (new disk)'
    const goOn = '`pdist secondary resume ns1` lets it go on'
    const warnings = [words, 'load']
    const paused = {...known, state: 'warning' as const, active: false, paused: pause, warnings}
    expect(assessHealth({...facts, secondaries: [paused]})).toMatchObject({
      state: 'warning',
      reasons: [`ns1 is ${words}: ${goOn}`, 'ns1: load'],
      secondaries: [{state: 'paused', paused: pause}],
    })
    const off = {...paused, silent: true, ageMs: 600_000}
    expect(assessHealth({...facts, secondaries: [off]})).toMatchObject({
      state: 'warning',
      reasons: [`ns1 is ${words}, and silent for 600 s: ${goOn}`],
    })
  })
})

describe('the health of held plans', () => {
  const plan: HeldPlan = {
    ...{id: '0123456789', scope: {kind: 'store'}, kind: 'deletions', reason: 'would delete 30 of 40 zones'},
    ...{at: 1, count: 30, changes: [{zone: zoneName('a.test'), action: 'delete', because: 'gone'}]},
    status: 'held',
  }
  const facts: HealthFacts = {
    broker: {server: '127.0.0.1:4222', version: '2.9.10', streams: []},
    convergence: {seconds: 300, proofs: 0},
    daemons: DAEMONS,
    zones: {present: 40, deleted: 0},
    events: {waiting: 0, inFlight: 0},
    plans: [plan],
    secondaries: [],
  }

  it('is critical until they are decided', () => {
    const {changes: _, ...told} = plan
    const health = assessHealth(facts)
    expect(health).toMatchObject({state: 'critical', plans: [told]})
    expect(health.plans[0]).not.toHaveProperty('changes')
    const reason = 'plan 0123456789 is held: would delete 30 of 40 zones (pdist plan show 0123456789)'
    expect(health.reasons).toContain(reason)
    const rejected = assessHealth({...facts, plans: [{...plan, status: 'rejected'}]})
    expect(rejected.reasons).not.toContain(reason)
    expect(rejected.plans).toMatchObject([{status: 'rejected'}])
  })
})

describe('the sweep', () => {
  const DAY = 86_400_000
  const NOW = 100 * DAY
  const never = new AbortController().signal

  function store(states: Stored[], objects: Array<{name: string; modified: number}>) {
    const removed: string[] = []
    const made: SweepableStore = {
      list: async function* () {
        yield* states
      },
      listObjects: async () => objects,
      dropObject: async (name) => void removed.push(name),
      forget: async ({zone}) => void removed.push(zone),
    }
    return {made, removed}
  }

  it('removes old tombstones, and old objects that nothing refers to', async () => {
    const states = [
      stored(versionOf('a.test', {object: 'used', at: 0}), 1),
      stored(versionOf('old.test', {at: 0}), 2),
      stored(tombstoneOf('expired.test', {at: NOW - 8 * DAY}), 3),
      stored(tombstoneOf('fresh.test', {at: NOW - 6 * DAY}), 4),
    ]
    const objects = [
      {name: 'used', modified: 0},
      {name: 'left', modified: NOW - 601_000},
      {name: 'on its way', modified: NOW - 599_000},
    ]
    const {made, removed} = store(states, objects)
    const report = await sweep(made, {tombstonesKeptMs: 7 * DAY, now: NOW, signal: never})
    expect(report).toEqual({tombstones: 1, objects: 1})
    expect(removed).toEqual(['expired.test.', 'left'])
  })

  it('removes nothing where the list of states is not whole', async () => {
    const {made, removed} = store([], [{name: 'used', modified: 0}])
    made.list = async function* () {
      yield stored(tombstoneOf('expired.test', {at: 0}), 1)
      throw new Error('cut short')
    }
    await expect(sweep(made, {tombstonesKeptMs: 0, now: NOW, signal: never})).rejects.toThrow('cut short')
    expect(removed).toEqual([])
  })
})
