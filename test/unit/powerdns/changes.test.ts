import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {changingCall} from '../../../src/lib/powerdns/changes.js'

const BASE = '/api/v1/servers/localhost'
const zoneOf = (id: string) => changingCall('PATCH', `${BASE}/zones/${id}`)?.zone

describe('calls that change a zone', () => {
  it.each([
    ['POST', '/zones', 'added', 'in-body'],
    ['POST', '/zones?rrsets=false', 'added', 'in-body'],
    ['PUT', '/zones/example.org.', 'modified', 'example.org.'],
    ['PATCH', '/zones/example.org.', 'modified', 'example.org.'],
    ['DELETE', '/zones/example.org.', 'deleted', 'example.org.'],
    ['PUT', '/zones/example.org./rectify', 'modified', 'example.org.'],
    ['POST', '/zones/example.org./metadata', 'modified', 'example.org.'],
    ['PUT', '/zones/example.org./metadata/NSEC3PARAM', 'modified', 'example.org.'],
    ['DELETE', '/zones/example.org./metadata/NSEC3PARAM', 'modified', 'example.org.'],
    ['POST', '/zones/example.org./cryptokeys', 'modified', 'example.org.'],
    ['POST', '/zones/example.org./cryptokeys/1', 'modified', 'example.org.'],
    ['PUT', '/zones/example.org./cryptokeys/1', 'modified', 'example.org.'],
    ['DELETE', '/zones/example.org./cryptokeys/1', 'modified', 'example.org.'],
    ['PUT', '/zones/example.org./axfr-retrieve', 'refresh', 'example.org.'],
    ['PUT', '/zones/example.org./notify', 'refresh', 'example.org.'],
    ['PUT', '/cache/flush?domain=example.org.', 'refresh', 'example.org.'],
  ])('%s %s: %s %s', (method, path, verb, zone) => {
    expect(changingCall(method, BASE + path)).toEqual({verb, zone})
  })

  it.each([
    ['GET', '/zones/example.org.'],
    ['HEAD', '/zones/example.org.'],
    ['OPTIONS', '/zones/example.org.'],
    ['POST', '/zones/example.org.'],
    ['POST', '/zones/'],
    ['PUT', '/zones'],
    ['DELETE', '/zones'],
    ['GET', '/zones/example.org./metadata'],
    ['GET', '/zones/example.org./notify'],
    ['PUT', '/cache/flush'],
    ['PUT', '/cache/flush?domain='],
    ['POST', '/cache/flush?domain=example.org.'],
    ['POST', '/tsigkeys'],
    ['PUT', '/tsigkeys/a'],
    ['DELETE', '/tsigkeys/a'],
    ['POST', '/autoprimaries'],
    ['PUT', '/views/trusted'],
    ['PUT', '/networks/192.0.2.0/24'],
  ])('%s %s changes no zone', (method, path) => {
    expect(changingCall(method, BASE + path)).toBeUndefined()
  })

  it('is about any server id, and about no other prefix', () => {
    expect(changingCall('PATCH', '/api/v1/servers/other/zones/a.')).toEqual({verb: 'modified', zone: 'a.'})
    expect(changingCall('PATCH', '/servers/localhost/zones/a.')).toBeUndefined()
    expect(changingCall('PATCH', '//api/v1/servers/localhost/zones/a.')).toBeUndefined()
    expect(changingCall('PATCH', `${BASE}//zones/a.`)).toBeUndefined()
  })

  it('reads methods as PowerDNS does, without regard to case', () => {
    expect(changingCall('pAtCh', `${BASE}/zones/a.`)).toEqual({verb: 'modified', zone: 'a.'})
  })

  it('takes a whole URL as the target', () => {
    for (const origin of ['http://host', 'http://user:secret@host:8081', 'http://host/x@y']) {
      expect(changingCall('DELETE', `${origin}${BASE}/zones/a.`)).toEqual({verb: 'deleted', zone: 'a.'})
    }
  })
})

describe('zone ids', () => {
  it.each([
    ['example.org', 'example.org.'],
    ['EXAMPLE.org.', 'example.org.'],
    ['=2E', '.'],
    ['.', '.'],
    ['%2E', '.'],
    ['%253D2E', '.'],
    ['%65xample.org', 'example.org.'],
    ['%2565=78ample.org', 'example.org.'],
    ['0=2F25.2.0.192.in-addr.arpa.', '0/25.2.0.192.in-addr.arpa.'],
    ['0%2F25.2.0.192.in-addr.arpa.', '0/25.2.0.192.in-addr.arpa.'],
    ['0/25.2.0.192.in-addr.arpa.', '0/25.2.0.192.in-addr.arpa.'],
    ['a=5Fb.example.', 'a_b.example.'],
    ['a=20b.example.', 'a\\032b.example.'],
    ['%C3%B6.example.', '\\195\\182.example.'],
    ['\xc3\xb6.example.', '\\195\\182.example.'],
    ['a=5C046b.example.', 'a\\.b.example.'],
    ['example.org?zones/other', 'example.org.'],
    ['example.org#x', 'example.org#x.'],
    ['example.org;x', 'example.org;x.'],
    ['50%.example', '50%.example.'],
    ['%zz%41.', '%zza.'],
    ['%%41.', '%%41.'],
    ['%25%2541.', '%%2541.'],
    ['%', '%.'],
    ['%4', '%4.'],
    ['%25', '%.'],
    ['x/metadata', 'x/metadata.'],
  ])('%s is %s', (id, zone) => {
    expect(zoneOf(id)).toBe(zone)
  })

  it.each(['', '=', 'a=', '=2', '=ZZ', '=2e', 'example.org..', 'a..b', '../b', `${'a'.repeat(64)}.`, 'a\\'])(
    '%j is none that PowerDNS takes',
    (id) => {
      expect(zoneOf(id)).toBeUndefined()
    },
  )

  it('decodes percent signs in place, as long as there are any', () => {
    const inPlace = (text: string, from = 0): string => {
      const at = text.indexOf('%', from)
      if (at < 0) return text
      const hex = text.slice(at + 1, at + 3)
      if (!/^[0-9a-f]{2}$/i.test(hex)) return inPlace(text, at + 3)
      return inPlace(
        text.slice(0, at) + String.fromCharCode(Number.parseInt(hex, 16)) + text.slice(at + 3),
        at,
      )
    }
    const bytes = (text: string) =>
      text.replace(/./gs, (c) => `=${Buffer.from(c, 'latin1').toString('hex').toUpperCase()}`)
    fc.assert(
      fc.property(fc.string({unit: fc.constantFrom('%', '2', '5', '4', '1', 'f', 'z')}), (id) => {
        expect(zoneOf(id)).toBe(zoneOf(bytes(inPlace(id))))
      }),
    )
  })

  it('refuses an id of any length without parsing it', () => {
    expect(zoneOf('a.'.repeat(1_000_000))).toBeUndefined()
    expect(zoneOf('%25'.repeat(300_000))).toBeUndefined()
  })

  it('never throws, whatever the target', () => {
    fc.assert(
      fc.property(
        fc.string({unit: 'binary'}),
        fc.constantFrom('PUT', 'PATCH', 'POST', 'DELETE'),
        (id, method) => {
          const call = changingCall(method, `${BASE}/zones/${id}`)
          expect(call === undefined || call.zone.length > 0).toBe(true)
        },
      ),
    )
  })
})

describe('the query of a flush', () => {
  it.each([
    ['domain=a.', 'a.'],
    ['Domain=a', 'a.'],
    ['domain=a.&domain=b.', 'b.'],
    ['dom%61in=a%2Eb.&', 'a.b.'],
    ['x=1&domain=a.#&domain=b.', 'a.'],
  ])('%s names %s', (query, zone) => {
    expect(changingCall('PUT', `${BASE}/cache/flush?${query}`)?.zone).toBe(zone)
  })

  it('ends at an empty name, as it does for PowerDNS', () => {
    expect(changingCall('PUT', `${BASE}/cache/flush?&domain=a.`)).toBeUndefined()
  })
})
