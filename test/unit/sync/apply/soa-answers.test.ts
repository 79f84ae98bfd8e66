import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {SoaAnswers} from '../../../../src/lib/sync/apply/soa-answers.js'

const [A, B, C] = [zoneName('a.test'), zoneName('b.test'), zoneName('c.test')]

const record = fc.record({
  ttl: fc.integer({min: 0, max: 2 ** 31 - 1}),
  rdata: fc.uint8Array({maxLength: 300}),
})

describe('SOA answers', () => {
  it('come back byte for byte, whatever is in them', () => {
    const answers = new SoaAnswers(10)
    fc.assert(
      fc.property(record, fc.array(record, {maxLength: 3}), (soa, signatures) => {
        const rdata = Uint8Array.from([...soa.rdata, 0x80, 0xff])
        answers.set(A, {...soa, rdata, signatures})
        const found = answers.get(A)
        expect(found?.ttl).toBe(soa.ttl)
        expect(Uint8Array.from(found?.rdata ?? [])).toEqual(rdata)
        expect(found?.signatures.map((each) => [each.ttl, [...each.rdata]])).toEqual(
          signatures.map((each) => [each.ttl, [...each.rdata]]),
        )
      }),
    )
  })

  it('are forgotten beyond so many, those that were set first', () => {
    const answers = new SoaAnswers(2)
    const answer = {ttl: 1, rdata: Uint8Array.of(1), signatures: []}
    for (const zone of [A, B, A, C]) answers.set(zone, answer)
    expect([A, B, C].map((zone) => answers.get(zone) !== undefined)).toEqual([true, false, true])
    answers.delete(A)
    expect(answers.get(A)).toBeUndefined()
  })
})
