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

function guard(limits: Partial<GuardLimits> = {}): Guard {
  return new Guard({board, limits: {...LIMITS, ...limits}, log: silentLogger, now: () => 7})
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
