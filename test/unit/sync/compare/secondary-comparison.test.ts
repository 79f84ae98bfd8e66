import {beforeEach, describe, expect, it} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import {SecondaryComparison} from '../../../../src/lib/sync/compare/secondary-comparison.js'
import {StoreTree} from '../../../../src/lib/sync/compare/store-tree.js'
import {answerFrom} from '../../../../src/lib/sync/compare/tree-exchange.js'
import type {PlannedChange} from '../../../../src/lib/zone/plan.js'
import {StateTree} from '../../../../src/lib/zone/state-tree.js'
import {stored, tombstoneOf, versionOf} from '../../../support/versions.js'

const [KEPT, NEWER, MISSING, DELETED, ORPHAN] = ['kept', 'newer', 'missing', 'deleted', 'orphan'].map(
  (label) => zoneName(`${label}.test`),
) as [ZoneName, ZoneName, ZoneName, ZoneName, ZoneName]

let store: StoreTree
let served: StateTree
let complete: boolean
let underWay: Set<ZoneName>
let limit: number
let comparedStore: string | undefined
let held: boolean
let orders: Array<[string, readonly ZoneName[]]>
let noted: Array<{zones: number; differences: number}>
let comparison: SecondaryComparison

beforeEach(() => {
  store = new StoreTree()
  served = new StateTree()
  complete = true
  underWay = new Set()
  limit = 1000
  comparedStore = 'made'
  held = false
  orders = []
  noted = []
  const admit = async (_: unknown, changes: readonly PlannedChange[]) => (held ? [] : changes)
  comparison = new SecondaryComparison({
    store,
    guard: {admit},
    secondaries: {
      tree: async (_, question) => answerFrom(served, question, {complete}),
      resync: async (_, zones) => orders.push(['resync', zones]),
      removeOrphans: async (_, {zones, storeCreated}) => orders.push([`remove of ${storeCreated}`, zones]),
    },
    records: {
      compared: async () => (comparedStore === undefined ? undefined : {storeCreated: comparedStore}),
      noteCompared: async (_, {zones, differences}) => void noted.push({zones, differences}),
    },
    isUnderWay: (_, zone) => underWay.has(zone),
    limitOf: () => limit,
    log: silentLogger,
    now: () => 1,
  })
  store.onReset('made')
  let revision = 0
  const has = (zone: ZoneName, serial: number) =>
    store.onState(stored(versionOf(zone, {fingerprint: {serial, signatures: []}}), ++revision))
  has(KEPT, 1)
  has(NEWER, 2)
  has(MISSING, 1)
  store.onState(stored(tombstoneOf(DELETED), ++revision))
  store.onCaughtUp()
  for (const zone of [KEPT, NEWER, DELETED, ORPHAN]) served.set(zone, '1')
})

describe('a comparison of a secondary with the store', () => {
  it('orders what differs to be put right, what is wrongly served first, and what nobody knows to go', async () => {
    expect(await comparison.compare('ns1')).toBe('repairing')
    expect(orders).toEqual([
      ['resync', [NEWER, DELETED, MISSING]],
      ['remove of made', [ORPHAN]],
    ])
    expect(noted).toEqual([{zones: 4, differences: 4}])
  })

  it('is content where both are the same', async () => {
    for (const zone of [DELETED, ORPHAN]) served.delete(zone)
    served.set(NEWER, '2')
    served.set(MISSING, '1')
    expect(await comparison.compare('ns1')).toBe('equal')
    expect({orders, noted}).toEqual({orders: [], noted: [{zones: 3, differences: 0}]})
  })

  it('leaves alone what is on its way', async () => {
    underWay = new Set([NEWER, MISSING, DELETED])
    await comparison.compare('ns1')
    expect(orders).toEqual([['remove of made', [ORPHAN]]])
  })

  it.each([undefined, 'another'])(
    'keeps orphans while the store may lack something (%s)',
    async (created) => {
      comparedStore = created
      await comparison.compare('ns1')
      expect(orders).toEqual([['resync', [NEWER, DELETED, MISSING]]])
    },
  )

  it('keeps orphans that are held, and says that they differ', async () => {
    held = true
    underWay = new Set([NEWER, MISSING, DELETED])
    expect(await comparison.compare('ns1')).toBe('equal')
    expect({orders, noted}).toEqual({orders: [], noted: [{zones: 4, differences: 1}]})
  })

  it('goes easy on a secondary that is short of something', async () => {
    limit = 1
    await comparison.compare('ns1')
    expect(orders).toEqual([
      ['resync', [NEWER]],
      ['remove of made', [ORPHAN]],
    ])
  })

  it('waits for a secondary that does not know yet what it has, and for the whole picture of the store', async () => {
    complete = false
    expect(await comparison.compare('ns1')).toBe('not ready')
    complete = true
    store.onReset('made')
    expect(await comparison.compare('ns1')).toBe('not ready')
    expect({orders, noted}).toEqual({orders: [], noted: []})
  })
})
