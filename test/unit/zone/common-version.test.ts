import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {commonVersion} from '../../../src/lib/zone/common-version.js'
import {stateSchema} from '../../../src/lib/zone/version.js'
import {mutated} from '../../support/mutated.js'
import {versionOf} from '../../support/versions.js'

const count = fc.maxSafeNat()
const text = (form: RegExp) => fc.stringMatching(form)
const digest = text(/^[A-Za-z0-9_-]{43}$/)
const versions = fc.record({
  kind: fc.constant('version'),
  fingerprint: fc.record({serial: fc.nat(0xffff_ffff), signatures: fc.constant([])}),
  ...{content: digest, digest, records: count, bytes: count, messages: count, packed: count, event: count},
  at: count,
  signed: fc.record({
    key: text(/^[0-9a-f]{16}$/),
    sequence: count,
    signature: text(/^[A-Za-z0-9_-]{86}$/),
  }),
})

describe('a header of the usual form', () => {
  it('is read as its schema reads it', () => {
    let read = 0
    fc.assert(
      fc.property(fc.oneof(versions, mutated(versions)), (sample) => {
        const json: unknown = JSON.parse(JSON.stringify(sample))
        const found = commonVersion(json)
        if (!found) return
        read++
        expect(stateSchema.safeParse(json)).toEqual({success: true, data: found})
      }),
      {numRuns: 2000},
    )
    expect(read).toBeGreaterThan(500)
  })

  it('is signed, of an unsigned zone, and has nothing else', () => {
    const signed = {key: '0'.repeat(16), sequence: 1, signature: 'A'.repeat(86)}
    const {zone: _, ...bare} = versionOf('a.test')
    const {keySet: __, ...fingerprint} = {...bare.fingerprint, signatures: []}
    const usual = {...bare, fingerprint, signed}
    expect(commonVersion(usual)).toEqual(usual)
    const others = [
      {signed: undefined},
      {object: 'name'},
      {fingerprint: {...fingerprint, keySet: 'x'}},
      {fingerprint: {...fingerprint, serial: 2 ** 32}},
      {digest: `${bare.digest}\n`},
      {signed: {...signed, more: 1}},
    ]
    for (const other of others) expect(commonVersion({...usual, ...other})).toBeUndefined()
  })
})
