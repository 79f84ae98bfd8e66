import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {zoneFileLines} from '../../../../src/lib/dns/zone-file/lines.js'
import {rrsetsOfFile} from '../../../../src/lib/sync/import/file-rrsets.js'
import {fileRecords, rrsetsOfLines} from '../../../support/zone-file.js'

const ZONE = zoneName('example.com')
const SOA = '@ 60 SOA ns1 host 1 2 3 4 5'

describe('the RRsets of a zone file', () => {
  it('are in canonical order, the SOA first, each record once and with one TTL', () => {
    const rrsets = rrsetsOfLines(
      'example.com',
      'z A 192.0.2.1',
      '@ NS b',
      'Z 60 A 192.0.2.2',
      'z A 192.0.2.1',
      'a.z TXT x',
      '@ A 192.0.2.3',
      '*.z MX 10 Mail',
    )
    expect(rrsets.flatMap((rrset) => zoneFileLines(rrset)).map((line) => line.replaceAll('\t', ' '))).toEqual(
      [
        'example.com. 300 IN SOA ns1.example.com. host.example.com. 1 3600 900 604800 300',
        'example.com. 300 IN A 192.0.2.3',
        'example.com. 300 IN NS b.example.com.',
        'z.example.com. 60 IN A 192.0.2.1',
        'z.example.com. 60 IN A 192.0.2.2',
        '*.z.example.com. 300 IN MX 10 Mail.example.com.',
        'a.z.example.com. 300 IN TXT "x"',
      ],
    )
  })

  it.each([
    [
      'a name outside of the zone',
      [SOA, 'www.example.net. 1 A 192.0.2.1'],
      'zone:2: www.example.net. is not in the zone example.com.',
    ],
    [
      'a name that only looks like one inside',
      [SOA, 'www\\.example.com. 1 A 192.0.2.1'],
      'zone:2: www\\.example.com. is not in the zone example.com.',
    ],
    ['the zone that the zone is in', [SOA, 'com. 1 NS a.'], 'zone:2: com. is not in the zone example.com.'],
    [
      'a second SOA',
      [SOA, '@ 1 A 192.0.2.1', '@ SOA ns1 host 2 2 3 4 5'],
      'zone:3: a second SOA at example.com., after the one in line 1 of zone',
    ],
    [
      'a SOA below the apex',
      [SOA, 'sub 1 SOA ns1 host 2 2 3 4 5'],
      "zone:2: a SOA at sub.example.com., which is not the zone's name",
    ],
    ['no SOA', ['@ 1 NS a'], 'zone:1: there is no SOA of example.com.'],
    [
      'an address beside a CNAME',
      [SOA, 'www 1 A 192.0.2.1', 'www CNAME a'],
      'zone:2: www.example.com. has a CNAME, so it cannot have a A',
    ],
    [
      'a CNAME at the apex',
      [SOA, '@ 1 CNAME a'],
      'zone:1: example.com. has a CNAME, so it cannot have a SOA',
    ],
    [
      'two CNAMEs',
      [SOA, 'www 1 CNAME a', 'www CNAME b'],
      'zone:3: a second CNAME at www.example.com., after the one in line 2 of zone',
    ],
  ])('are none where there is %s', (_, lines, message) => {
    expect(() => rrsetsOfFile(ZONE, 'zone', fileRecords(ZONE, lines))).toThrow(
      expect.objectContaining({code: 'PDIST_ZONE_FILE', message}),
    )
  })

  it('are none where several things are wrong, and all are told', () => {
    const lines = ['www 1 A 192.0.2.1', 'www CNAME a', 'b.example.net. A 192.0.2.2']
    expect(() => rrsetsOfFile(ZONE, 'zone', fileRecords(ZONE, lines))).toThrow(
      [
        'zone:3: b.example.net. is not in the zone example.com.',
        'zone:1: there is no SOA of example.com.',
        'zone:1: www.example.com. has a CNAME, so it cannot have a A',
      ].join('\n'),
    )
  })

  it('may have signatures beside a CNAME', () => {
    const signed = [
      'www CNAME a',
      'www RRSIG CNAME 13 3 300 20300101000000 20260101000000 1 example.com. AQID',
      'www NSEC a CNAME',
    ]
    expect(
      rrsetsOfLines('example.com', ...signed).filter(({name}) => name === 'www.example.com.'),
    ).toHaveLength(3)
  })
})
