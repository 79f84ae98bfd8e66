import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {commonEvent, commonProvision, commonReceipt} from '../../../src/lib/broker/common-messages.js'
import {bodySchema} from '../../../src/lib/broker/events.js'
import {provisionSchema, receiptSchema} from '../../../src/lib/broker/reports.js'
import {zoneNames} from '../../support/arbitraries.js'
import {mutated} from '../../support/mutated.js'

const count = fc.maxSafeNat()
const about = {zone: zoneNames, event: count, at: count, revision: count}
const provisions = fc.record({...about, outcome: fc.constantFrom('stored', 'unchanged', 'tombstone')})
const ms = fc.double({min: 0, noNaN: true, noDefaultInfinity: true})
const outcome = fc.constantFrom('served', 'served', 'removed')
const receipts = fc.record({...about, secondary: fc.string({maxLength: 63}), ms, outcome, serial: count})

const texts = (minLength: number, maxLength: number) => fc.string({minLength, maxLength})
const events = fc.record({id: texts(1, 200), source: texts(0, 200), call: texts(0, 2000), at: count})

describe('a message of the usual form', () => {
  it.each([
    ['provision', provisions, commonProvision, provisionSchema],
    ['event', events, commonEvent, bodySchema],
    ['receipt', receipts, commonReceipt, receiptSchema],
  ] as const)('is read as its schema reads it: %s', (_, samples, common, schema) => {
    let read = 0
    fc.assert(
      fc.property(fc.oneof(samples, mutated(samples)), (sample) => {
        const json: unknown = JSON.parse(JSON.stringify(sample))
        const found = common(json)
        if (!found) return
        read++
        expect(schema.safeParse(json)).toEqual({success: true, data: found})
      }),
      {numRuns: 2000},
    )
    expect(read).toBeGreaterThan(500)
  })

  it.each([null, 5, 'text', [], [{}], {}, {zone: 'a.'}])('is not found in %j', (json) => {
    for (const common of [commonProvision, commonReceipt, commonEvent]) expect(common(json)).toBeUndefined()
  })

  it('has no order, no failure, and no name that is not canonical', () => {
    const served = {
      zone: 'a.',
      event: 1,
      at: 1,
      secondary: 'ns1',
      revision: 1,
      ms: 1,
      outcome: 'served',
      serial: 1,
    }
    expect(commonReceipt(served)).toEqual(served)
    for (const other of [
      {ordered: 1},
      {outcome: 'failed'},
      {zone: 'A.'},
      {zone: 'a'},
      {ms: -1},
      {serial: 0.5},
    ])
      expect(commonReceipt({...served, ...other})).toBeUndefined()
  })
})
