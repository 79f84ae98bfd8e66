import {beforeEach, describe, expect, it} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {countItems, type ResyncItem, resyncItems} from '../../../../src/lib/sync/compare/resync-items.js'
import {ResyncRun} from '../../../../src/lib/sync/compare/resync-run.js'
import {StorePicture} from '../../../../src/lib/sync/compare/store-picture.js'
import type {PlannedChange} from '../../../../src/lib/zone/plan.js'
import type {Receipt} from '../../../../src/lib/zone/report.js'
import {stored, tombstoneOf, versionOf} from '../../../support/versions.js'

const [A, B, C, D] = ['a.test', 'b.test', 'c.test', 'd.test'].map((name) => zoneName(name)) as [
  ZoneName,
  ZoneName,
  ZoneName,
  ZoneName,
]
const ERROR = {code: 'PDIST_X', message: 'no', hints: []}

function item(zone: ZoneName, fields: Partial<ResyncItem> = {}): ResyncItem {
  return {zone, action: 'update', because: 'b', way: 'store', ...fields}
}

function served(zone: ZoneName, fields: Partial<Receipt> = {}): Receipt {
  const about = {zone, secondary: 'ns1', revision: 1, event: 0, ms: 1, at: 1}
  return {...about, outcome: 'served', serial: 1, ...fields} as Receipt
}

function failed(zone: ZoneName): Receipt {
  return {...served(zone), outcome: 'failed', error: ERROR} as Receipt
}

describe('what a resync would do', () => {
  const store = new StorePicture()
  const change = (zone: ZoneName, action: PlannedChange['action']) => ({zone, action, because: 'b'})
  const plan = {
    differences: [change(A, 'create'), change(C, 'delete'), change(D, 'delete')],
    follow: [change(A, 'create')],
    orphans: [change(C, 'delete')],
  }
  store.onState(stored(versionOf(A), 1))
  store.onState(stored(versionOf(B), 2))
  store.onState(stored(tombstoneOf(zoneName('gone.test')), 3))

  it('is what differs, and with force everything that the store has', () => {
    const differing = [
      {zone: A, action: 'create', because: 'b', way: 'store'},
      {zone: C, action: 'delete', because: 'b', way: 'orphan'},
      {zone: D, action: 'delete', because: 'b', way: 'held'},
    ]
    expect(resyncItems(plan, store, {zones: undefined, force: false})).toEqual(differing)
    const forced = resyncItems(plan, store, {zones: undefined, force: true})
    expect(forced).toEqual([
      ...differing,
      expect.objectContaining({zone: B, action: 'transfer', way: 'store'}),
    ])
    expect(countItems(forced)).toEqual({create: 1, update: 0, delete: 2, transfer: 1})
  })

  it('is confined to the zones that were named', () => {
    const zones = new Set([B, C])
    expect(resyncItems(plan, store, {zones, force: false}).map(({zone}) => zone)).toEqual([C])
    expect(resyncItems(plan, store, {zones, force: true}).map(({zone}) => zone)).toEqual([C, B])
  })
})

describe('a resync', () => {
  let run: ResyncRun
  beforeEach(() => {
    run = new ResyncRun([item(A), item(B)], {force: false})
  })

  it('orders each zone once, and is over when a receipt or a comparison proved all', () => {
    expect(run.next(0)).toEqual([A, B])
    expect(run.next(1)).toEqual([])
    run.acknowledged([A, B], 100)
    run.heard(served(A))
    expect({proved: run.proved, ordered: run.ordered, isOver: run.isOver}).toEqual({
      proved: 1,
      ordered: 2,
      isOver: false,
    })
    run.looked([], 2)
    expect({isOver: run.isOver, isIdle: run.isIdle, left: run.left}).toEqual({
      isOver: true,
      isIdle: true,
      left: [],
    })
  })

  it('tells why a zone is left, until it heals', () => {
    run.next(0)
    run.heard(failed(A))
    run.looked([item(A)], 1)
    expect(run.left).toEqual([{zone: A, action: 'update', because: 'b', error: ERROR}])
    run.heard(served(A))
    expect(run.left).toEqual([])
  })

  it('orders again what nobody heard of, later each time', () => {
    run.next(0)
    run.looked([item(A)], 1)
    expect(run.next(9_999)).toEqual([])
    expect(run.next(10_000)).toEqual([A])
    expect(run.next(29_999)).toEqual([])
    expect(run.next(30_000)).toEqual([A])
    expect(run.next(69_999)).toEqual([])
    expect(run.next(70_000)).toEqual([A])
  })

  it('has some hundred zones under way at once, and what fails holds up nobody', () => {
    const zones = Array.from({length: 500}, (_, i) => zoneName(`z${i}.test`))
    run = new ResyncRun(
      zones.map((zone) => item(zone)),
      {force: false},
    )
    const first = run.next(0)
    expect(first).toHaveLength(200)
    for (const zone of first.slice(0, 99)) run.heard(failed(zone))
    expect(run.next(1)).toEqual([])
    run.heard(served(first[99] ?? A))
    expect(run.next(2)).toHaveLength(100)
    expect(run.next(3, {all: true})).toHaveLength(200)
    expect(run.isIdle).toBe(false)
  })

  it('takes what differs anew for on its way, and orders it if it does not come', () => {
    run.next(0)
    for (const zone of [A, B]) run.heard(served(zone))
    run.looked([item(A), item(C)], 100)
    expect({isOver: run.isOver, next: run.next(200)}).toEqual({isOver: false, next: []})
    expect(run.next(10_100)).toEqual([A, C])
  })

  it('neither orders nor waits for what is held', () => {
    run = new ResyncRun([item(D, {way: 'held'})], {force: true})
    expect({next: run.next(0), orphans: run.nextOrphans(0), isOver: run.isOver}).toEqual({
      next: [],
      orphans: [],
      isOver: true,
    })
    run.looked([item(D, {way: 'held'})], 1)
    expect(run.left).toHaveLength(1)
  })

  it('finds that an orphan is gone by looking, whatever receipts say', () => {
    run = new ResyncRun([item(C, {way: 'orphan', action: 'delete'})], {force: true})
    expect([run.next(0), run.nextOrphans(0), run.nextOrphans(1)]).toEqual([[], [C], []])
    run.heard(served(C))
    // A look does not admit again what was admitted once.
    run.looked([item(C, {way: 'held', action: 'delete'})], 2)
    expect(run.isOver).toBe(false)
    expect(run.nextOrphans(10_000)).toEqual([C])
    run.looked([], 10_001)
    expect({isOver: run.isOver, left: run.left}).toEqual({isOver: true, left: []})
  })
})

describe('a forced resync', () => {
  const forced = () => new ResyncRun([item(A), item(B)], {force: true})

  it('is proved by receipts that answer the order, and by no comparison', () => {
    const run = forced()
    run.next(0)
    run.heard(served(A, {ordered: 99}))
    run.heard(served(B, {ordered: 101}))
    run.acknowledged([A, B], 100)
    run.heard(served(A))
    run.looked([], 1)
    expect({proved: run.proved, left: run.left.map(({zone}) => zone)}).toEqual({proved: 1, left: [A]})
    run.heard(served(A, {ordered: 100}))
    expect(run.isOver).toBe(true)
  })

  it('takes the answer to its first order as well as that to a later one', () => {
    const run = forced()
    run.next(0)
    run.acknowledged([A, B], 100)
    expect(run.next(10_000)).toEqual([A, B])
    run.acknowledged([A, B], 10_100)
    run.heard(served(A, {ordered: 100}))
    run.heard(served(B, {ordered: 10_100}))
    expect(run.isOver).toBe(true)
  })

  it('is content with any receipt of a secondary that says nothing of orders', () => {
    const run = forced()
    run.heard(served(A))
    run.next(0)
    run.acknowledged([A, B])
    expect(run.proved).toBe(0)
    for (const zone of [A, B]) run.heard(served(zone))
    expect(run.isOver).toBe(true)
  })

  it('needs no order for what began to differ meanwhile and came by itself', () => {
    const run = forced()
    run.next(0)
    run.acknowledged([A, B], 1)
    run.looked([item(C)], 1)
    for (const zone of [A, B]) run.heard(served(zone, {ordered: 1}))
    expect(run.isOver).toBe(false)
    run.looked([], 2)
    expect(run.isOver).toBe(true)
  })
})
