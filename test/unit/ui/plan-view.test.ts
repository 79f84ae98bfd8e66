import {expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {planLines, planListLines} from '../../../src/lib/ui/plan-view.js'
import type {HeldPlan} from '../../../src/lib/zone/plan.js'

const plan: HeldPlan = {
  ...{id: '0123456789', scope: {kind: 'store'}, kind: 'deletions', reason: 'would delete\n3 of 4 zones'},
  ...{at: 0, count: 3, status: 'held'},
  changes: [
    {zone: zoneName('a.test'), action: 'delete', because: 'gone from the primary'},
    {zone: zoneName('long.name.test'), action: 'delete', because: 'gone\u001b[2J'},
  ],
}

it('lists plans, whatever is in their texts', () => {
  const other: HeldPlan = {...plan, id: 'ffffffffff', scope: {kind: 'secondary', secondary: 'ns1'}}
  expect(planListLines([plan, other])).toEqual([
    'PLAN        STATUS  OF         SINCE                     REASON',
    '0123456789  held    the store  1970-01-01T00:00:00.000Z  would delete 3 of 4 zones',
    'ffffffffff  held    ns1        1970-01-01T00:00:00.000Z  would delete 3 of 4 zones',
  ])
  expect(planListLines([])).toEqual(['no plan waits for a decision'])
})

it('shows one with its zones, and how many more there are', () => {
  expect(planLines(plan)).toEqual([
    'plan 0123456789 of the store: held, found 1970-01-01T00:00:00.000Z',
    'would delete 3 of 4 zones',
    'ZONE             ACTION  BECAUSE',
    'a.test.          delete  gone from the primary',
    'long.name.test.  delete  gone [2J',
    'and 1 more',
  ])
  expect(planLines({...plan, count: 2})).toHaveLength(5)
})
