import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {formatFingerprint, sameFingerprint} from '../../../src/lib/zone/fingerprint.js'
import {decodeState, encodeState, keyOf} from '../../../src/lib/zone/version.js'
import {tombstoneOf, versionOf} from '../../support/versions.js'
import {fingerprints, zoneStates} from '../../support/zone-states.js'

describe('the header of a version', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(zoneStates, (state) => {
        expect(decodeState(keyOf(state), encodeState(state))).toEqual(state)
      }),
    )
  })

  it('is one line of printable ASCII, so that it can be a header, and does not repeat the zone', () => {
    fc.assert(
      fc.property(zoneStates, (state) => {
        const text = encodeState({...state, ...(state.kind === 'version' ? {object: 'a/b'} : {})})
        expect(text).toMatch(/^[\x20-\x7e]+$/)
        expect(JSON.parse(text)).not.toHaveProperty('zone')
      }),
    )
  })

  it('is refused where its zone key is none', () => {
    const text = encodeState(tombstoneOf('example.test'))
    expect(() => decodeState('Example.test', text)).toThrow(
      expect.objectContaining({code: 'PDIST_INVALID_ZONE_KEY'}),
    )
  })

  const good = JSON.parse(encodeState(versionOf('example.test'))) as Record<string, unknown>
  it.each([
    ['no JSON', '{"kind":'],
    ['nothing', ''],
    ['a number', '7'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no kind', '{}'],
    ['another kind', JSON.stringify({...good, kind: 'rumour'})],
    ['a serial over 2^32', JSON.stringify({...good, fingerprint: {serial: 2 ** 32, signatures: []}})],
    ['a negative serial', JSON.stringify({...good, fingerprint: {serial: -1, signatures: []}})],
    ['a fraction', JSON.stringify({...good, bytes: 1.5})],
    ['a size beyond exact numbers', JSON.stringify({...good, bytes: 1e300})],
    ['a time over 2^32', JSON.stringify({...good, expires: 2 ** 32})],
    ['a permission that is none', JSON.stringify({...good, mayExpire: false})],
    ['a text for a number', JSON.stringify({...good, records: '3'})],
    ['a digest that is none', JSON.stringify({...good, digest: '../../etc/passwd'})],
    ['an unknown field', JSON.stringify({...good, extra: 1})],
    ['a zone of its own', JSON.stringify({...good, zone: 'other.test.'})],
    ['a prototype', '{"__proto__":{"kind":"tombstone","event":1,"at":1}}'],
    [
      'too many signatures',
      JSON.stringify({
        ...good,
        fingerprint: {serial: 1, signatures: Array(65).fill({keyTag: 1, inception: 1, expiration: 1})},
      }),
    ],
    ['a deep nest', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('is refused where it is %s', (_, text) => {
    expect(() => decodeState('example.test', text)).toThrow(
      expect.objectContaining({
        code: 'PDIST_MALFORMED_HEADER',
        message: expect.stringContaining('example.test.'),
      }),
    )
  })

  it('is decoded or refused, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => decodeState('example.test', text)).toThrow(
          expect.objectContaining({code: 'PDIST_MALFORMED_HEADER'}),
        )
      }),
    )
  })
})

describe('a fingerprint', () => {
  it('is the same exactly where all that it shows is', () => {
    fc.assert(
      fc.property(fingerprints, fingerprints, (a, b) => {
        expect(sameFingerprint(a, structuredClone(a))).toBe(true)
        const visible = ({serial, signatures: dates, keySet}: typeof a) =>
          JSON.stringify(dates.length > 0 ? [serial, dates, keySet ?? ''] : [serial])
        expect(sameFingerprint(a, b)).toBe(visible(a) === visible(b))
      }),
    )
  })

  it('is written in one way', () => {
    const signature = {keyTag: 12_345, inception: 1, expiration: 4_294_967_295}
    expect(formatFingerprint({serial: 4_294_967_295, signatures: []})).toBe('4294967295')
    expect(formatFingerprint({serial: 7, signatures: [signature, signature], keySet: 'abc'})).toBe(
      '7/12345:1:4294967295,12345:1:4294967295/abc',
    )
  })
})
