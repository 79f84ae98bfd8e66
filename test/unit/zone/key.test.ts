import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {nameToWire, zoneName} from '../../../src/lib/dns/name.js'
import {zoneKey, zoneOfKey} from '../../../src/lib/zone/key.js'
import {zoneNames} from '../../support/arbitraries.js'

/** PowerDNS's apiZoneNameToId, as its documentation and its sources have it: of the canonical text, byte by byte. */
function powerDnsId(zone: string): string {
  if (zone === '.') return '=2E'
  return zone.replace(/[^A-Za-z0-9.-]/g, (char) => {
    return `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

describe('a zone key', () => {
  it.each([
    ['.', '=2E'],
    ['example.com.', 'example.com'],
    ['EXAMPLE.com', 'example.com'],
    ['0/25.2.0.192.in-addr.arpa.', '0=2F25.2.0.192.in-addr.arpa'],
    ['_sip._tcp.example.com.', '=5Fsip.=5Ftcp.example.com'],
    ['a\\.b.example.com.', 'a=5C=2Eb.example.com'],
    ['xn--bcher-kva.example.', 'xn--bcher-kva.example'],
    ['*.example.', '=2A.example'],
    ['a=2Eb.example.', 'a=3D2eb.example'],
  ])('of %s is %s', (name, key) => {
    expect(zoneKey(zoneName(name))).toBe(key)
    expect(zoneOfKey(key)).toBe(zoneName(name))
  })

  it('names its zone and no other', () => {
    fc.assert(
      fc.property(zoneNames, (zone) => {
        expect(zoneOfKey(zoneKey(zone))).toBe(zone)
      }),
    )
  })

  it('is valid in NATS, as a KV key and as the end of a subject', () => {
    fc.assert(
      fc.property(zoneNames, (zone) => {
        expect(zoneKey(zone)).toMatch(/^[-/_=.a-zA-Z0-9]+$/)
        expect(zoneKey(zone)).not.toMatch(/^\.|\.\.|\.$/)
      }),
    )
  })

  it('is PowerDNS’s id without the dot at the end, but for dots in labels', () => {
    fc.assert(
      fc.property(zoneNames, (zone) => {
        const id = powerDnsId(zone).replace(/(?<=.)\.$/, '')
        expect(zoneKey(zone).replaceAll('=5C=2E', '=5C.')).toBe(id)
      }),
    )
  })

  it('of the longest name is a subject that NATS takes', () => {
    const label = '\\255'.repeat(63)
    const longest = zoneName(`${label}.${label}.${label}.${'\\255'.repeat(61)}.`)
    expect(nameToWire(longest)).toHaveLength(255)
    expect(zoneKey(longest).length).toBeLessThan(2048)
    expect(zoneOfKey(zoneKey(longest))).toBe(longest)
  })

  it.each([
    '',
    '.',
    'example.com.',
    'Example.com',
    'a..b',
    '.a',
    'a_b',
    'a=2fb',
    'a=2Fb=',
    'a=2',
    'a=61',
    'a=5C.b',
    '=2E.com',
    'a b',
    'a*',
    `${'a'.repeat(64)}.com`,
    'x=C3=BC',
    'ü',
  ])('is never %j', (text) => {
    expect(() => zoneOfKey(text)).toThrow(expect.objectContaining({code: 'PDIST_INVALID_ZONE_KEY'}))
  })

  it('is either the key of a zone or refused, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9=.A-F-]*$/)), (text) => {
        try {
          expect(zoneKey(zoneOfKey(text))).toBe(text)
        } catch (error) {
          expect(error).toMatchObject({code: 'PDIST_INVALID_ZONE_KEY'})
        }
      }),
    )
  })
})
