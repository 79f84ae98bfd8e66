import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {type Rrset, rrsetsOf} from '../../../../src/lib/dns/rrset.js'
import {zoneFileLines} from '../../../../src/lib/dns/zone-file/lines.js'
import {diffRrsets} from '../../../../src/lib/sync/compare/diff-rrsets.js'
import {diffLines} from '../../../../src/lib/ui/zone-diff.js'
import {rrsetsOfLines} from '../../../support/zone-file.js'
import {recordsOfText, transferOfRecords} from '../../../support/zone-text.js'

const ZONE = 'example.com'

function diff(before: readonly string[], after: readonly string[], signatures = true): string[] {
  const differences = [
    ...diffRrsets(rrsetsOfLines(ZONE, ...before), rrsetsOfLines(ZONE, ...after), {signatures}),
  ]
  return [...diffLines({between: ['a', 'b'], differences, color: false})].map((line) =>
    line.replaceAll('\t', ' '),
  )
}

describe('the difference of two zones', () => {
  it('is nothing for equal ones, in whatever case and order', () => {
    expect(
      diff(['a A 192.0.2.1', 'a A 192.0.2.2', 'b CNAME C'], ['B CNAME c', 'A A 192.0.2.2', 'a A 192.0.2.1']),
    ).toEqual([])
  })

  it('is shown as a unified diff, RRset by RRset', () => {
    const before = ['a A 192.0.2.1', 'a A 192.0.2.2', 'gone TXT x', 'ttl TXT y']
    const after = ['a A 192.0.2.2', 'a A 192.0.2.3', 'a AAAA 2001:db8::1', 'ttl 60 TXT y']
    expect(diff(before, after)).toEqual([
      '--- a',
      '+++ b',
      '@@ a.example.com. A @@',
      ' a.example.com. 300 IN A 192.0.2.2',
      '-a.example.com. 300 IN A 192.0.2.1',
      '+a.example.com. 300 IN A 192.0.2.3',
      '@@ a.example.com. AAAA @@',
      '+a.example.com. 300 IN AAAA 2001:db8::1',
      '@@ gone.example.com. TXT @@',
      '-gone.example.com. 300 IN TXT "x"',
      '@@ ttl.example.com. TXT @@',
      '-ttl.example.com. 300 IN TXT "y"',
      '+ttl.example.com. 60 IN TXT "y"',
    ])
  })

  it('does not lie in the bytes of signatures, but in their dates and keys, unless they do not count', () => {
    const signature = (inception: string, bytes: string) => [
      `a RRSIG A 13 3 300 20300101000000 ${inception} 1 ${ZONE}. ${bytes}`,
    ]
    const one = signature('20260101000000', 'AQID')
    expect(diff(one, signature('20260101000000', 'BAUG'))).toEqual([])
    expect(diff(one, signature('20260108000000', 'AQID'))).toHaveLength(5)
    expect(diff(one, signature('20260108000000', 'AQID'), false)).toEqual([])
    expect(diff(one, [], false)).toEqual([])
  })

  it('is painted in a terminal, and harmless there', () => {
    const differences = [...diffRrsets(rrsetsOfLines(ZONE), rrsetsOfLines(ZONE, 'a TXT "\\027[31m"'))]
    const lines = [...diffLines({between: ['a\u001b[2J', 'b'], differences, color: true})]
    expect(lines.at(-1)).toBe('\u001b[32m+a.example.com.\t300\tIN\tTXT\t"\\027[31m"\u001b[39m')
    expect(lines[0]).toBe('\u001b[1m--- a [2J\u001b[22m')
  })

  it('of a transfer and a file with the same records is nothing, and the closing SOA does not count', () => {
    const soa = 'example.com. 300 SOA ns1.example.com. host.example.com. 1 3600 900 604800 300'
    const {messages} = transferOfRecords(
      ZONE,
      recordsOfText([soa, 'A.example.com. 300 A 192.0.2.1'].join('\n')),
      {perMessage: 1},
    )
    const transferred = [...rrsetsOf(zoneName(ZONE), messages)]
    expect(transferred.flatMap((rrset) => zoneFileLines(rrset))).toHaveLength(2)
    expect([...diffRrsets(transferred, rrsetsOfLines(ZONE, 'a A 192.0.2.1'))]).toEqual([])
  })

  it('leads from one to the other', () => {
    const record = fc
      .tuple(
        fc.constantFrom('@', 'a', 'b', 'a.b', '*.a'),
        fc.constantFrom('A 192.0.2.1', 'A 192.0.2.2', 'TXT x', 'MX 1 a'),
        fc.constantFrom(60, 300),
      )
      .map(([owner, rdata, ttl]) => `${owner} ${ttl} ${rdata}`)
    const zone = fc.array(record, {maxLength: 12}).map((lines) => rrsetsOfLines(ZONE, ...lines))
    const linesOf = (rrsets: readonly Rrset[]) => rrsets.flatMap((rrset) => zoneFileLines(rrset))
    fc.assert(
      fc.property(zone, zone, (before, after) => {
        const patched = new Set(linesOf(before))
        for (const {name, type, removed, added} of diffRrsets(before, after)) {
          for (const line of zoneFileLines({name, type, rdatas: removed}))
            expect(patched.delete(line)).toBe(true)
          for (const line of zoneFileLines({name, type, rdatas: added})) patched.add(line)
        }
        expect([...patched].sort()).toEqual(linesOf(after).sort())
      }),
    )
  })
})
