import {beforeEach, describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import {Guard, type GuardLimits, type PlanBoard} from '../../../../src/lib/sync/compare/guard.js'
import type {HeldPlan, PlannedChange, PlanScope} from '../../../../src/lib/zone/plan.js'

const LIMITS: GuardLimits = {
  deletions: 10,
  deletionShare: 0.1,
  records: 20,
  recordLossShare: 0.5,
  exempt: new Set(),
}
const STORE: PlanScope = {kind: 'store'}

let plans: Map<string, HeldPlan>
let board: PlanBoard
beforeEach(() => {
  plans = new Map()
  board = {
    status: async (id) => plans.get(id)?.status,
    hold: async (plan) => void plans.set(plan.id, plan),
    drop: async (id) => void plans.delete(id),
    list: async () => [...plans.values()],
  }
})

function guard(limits: Partial<GuardLimits> = {}, now = () => 7): Guard {
  return new Guard({board, limits: {...LIMITS, ...limits}, log: silentLogger, now})
}

/** A guard of the store. */
function bound(guarded: Guard) {
  return {admit: (changes: readonly PlannedChange[], total: number) => guarded.admit(STORE, changes, total)}
}

function changes(action: PlannedChange['action'], count: number, from = 0): PlannedChange[] {
  return Array.from({length: count}, (_, i) => ({
    zone: zoneName(`${from + i}.example`),
    action,
    because: 'x',
  }))
}

function decide(status: HeldPlan['status']): void {
  for (const [id, plan] of plans) plans.set(id, {...plan, status})
}

describe('the guard, of deletions', () => {
  it.each([
    {deletions: 10, total: 10, admitted: 10},
    {deletions: 11, total: 11, admitted: 0},
    {deletions: 11, total: 109, admitted: 0},
    {deletions: 11, total: 110, admitted: 11},
    {deletions: 100, total: 1000, admitted: 100},
    {deletions: 101, total: 1000, admitted: 0},
  ])('admits $admitted of $deletions where there are $total zones', async ({deletions, total, admitted}) => {
    expect(await guard().admit(STORE, changes('delete', deletions), total)).toHaveLength(admitted)
    expect(plans.size).toBe(admitted === 0 ? 1 : 0)
  })

  it('holds the deletions alone', async () => {
    const mixed = [...changes('update', 50, 100), ...changes('delete', 50), ...changes('create', 50, 200)]
    const admitted = await guard().admit(STORE, mixed, 200)
    expect(admitted.map(({action}) => action)).not.toContain('delete')
    expect(admitted).toHaveLength(100)
    expect([...plans.values()]).toMatchObject([{count: 50, at: 7, status: 'held', scope: STORE}])
  })

  it('lets the same plan through once when it is approved, and no other one', async () => {
    await guard().admit(STORE, changes('delete', 20), 100)
    decide('approved')
    expect(await guard().admit(STORE, changes('delete', 21), 100)).toEqual([])
    decide('approved')
    expect(await guard().admit(STORE, changes('delete', 21).reverse(), 100)).toHaveLength(21)
    expect(plans.size).toBe(0)
    expect(await guard().admit(STORE, changes('delete', 21), 100)).toEqual([])
  })

  it('keeps what was rejected rejected, and forgets it when it is no longer found', async () => {
    await guard().admit(STORE, changes('delete', 20), 100)
    decide('rejected')
    expect(await guard().admit(STORE, changes('delete', 20), 100)).toEqual([])
    expect([...plans.values()]).toMatchObject([{status: 'rejected'}])
    await guard().admit(STORE, [], 100)
    expect(plans.size).toBe(0)
  })

  it('keeps the zones of a rejected plan also when fewer of them are found, or others besides', async () => {
    const {admit} = bound(guard())
    await admit(changes('delete', 20), 100)
    decide('rejected')
    expect(await admit(changes('delete', 5), 100)).toEqual([])
    expect([...plans.values()]).toMatchObject([{status: 'rejected', count: 20}])
    const more = await admit([...changes('delete', 20), ...changes('delete', 3, 50)], 100)
    expect(more.map(({zone}) => zone)).toEqual(['50.example.', '51.example.', '52.example.'])
    expect(plans.size).toBe(1)
  })

  it('keeps a rejected plan that is too long to be listed as a whole', async () => {
    const {admit} = bound(guard())
    await admit(changes('delete', 500), 1000)
    decide('rejected')
    expect(await admit(changes('delete', 500), 1000)).toEqual([])
    expect([...plans.values()]).toMatchObject([{status: 'rejected'}])
  })

  it('counts deletions that trickle as if they came at once, for an hour', async () => {
    let now = 0
    const {admit} = bound(guard({}, () => now))
    expect(await admit(changes('delete', 6), 50)).toHaveLength(6)
    now += 60_000
    expect(await admit(changes('delete', 6, 10), 50)).toEqual([])
    expect([...plans.values()][0]?.reason).toContain('besides 6 in the last hour')
    now += 3_600_000
    expect(await admit(changes('delete', 6, 20), 50)).toHaveLength(6)
    expect(plans.size).toBe(0)
  })

  it('has what waits for a decision wait on, also when it has become little', async () => {
    const {admit} = bound(guard())
    expect(await admit(changes('delete', 11), 20)).toEqual([])
    expect(await admit(changes('delete', 10), 20)).toEqual([])
    expect([...plans.values()]).toMatchObject([{status: 'held', count: 10}])
    decide('approved')
    expect(await admit(changes('delete', 10), 20)).toHaveLength(10)
    expect(plans.size).toBe(0)
  })

  it('tells one secondary from another', async () => {
    const of = (secondary: string): PlanScope => ({kind: 'secondary', secondary})
    for (const name of ['ns1', 'ns2']) await guard().admit(of(name), changes('delete', 20), 100)
    expect(plans.size).toBe(2)
    await guard().admit(of('ns1'), [], 100)
    expect([...plans.values()].map(({scope}) => scope)).toEqual([of('ns2')])
  })

  it('does not count zones that are exempt', async () => {
    const exempt = new Set([zoneName('0.example')])
    expect(await guard({exempt}).admit(STORE, changes('delete', 11), 20)).toHaveLength(11)
    expect(await guard({exempt}).admit(STORE, changes('delete', 12), 20)).toMatchObject([
      {zone: '0.example.'},
    ])
  })
})

describe('the guard, of records', () => {
  const zone = zoneName('example.com')
  it.each([
    {before: 20, after: 0, admitted: true},
    {before: 21, after: 10, admitted: false},
    {before: 22, after: 11, admitted: true},
    {before: 1000, after: 499, admitted: false},
    {before: 1000, after: 2000, admitted: true},
  ])('of $before and then $after: $admitted', async ({before, after, admitted}) => {
    expect(await guard().admitLoss({zone, before, after, content: 'c'})).toMatchObject({admitted})
    expect(plans.size).toBe(admitted ? 0 : 1)
  })

  it('asks again for other contents, and forgets all when the zone is settled', async () => {
    const loss = {zone, before: 100, after: 2}
    const held = await guard().admitLoss({...loss, content: 'c'})
    expect(held).toEqual({admitted: false, plan: [...plans.keys()][0]})
    decide('approved')
    expect(await guard().admitLoss({...loss, content: 'd'})).toMatchObject({admitted: false})
    expect(plans.size).toBe(2)
    expect(await guard().admitLoss({...loss, content: 'c'})).toEqual({admitted: true})
    await guard().settled(zone)
    expect(plans.size).toBe(0)
  })
})
