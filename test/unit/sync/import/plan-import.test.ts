import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import type {Rrset} from '../../../../src/lib/dns/rrset.js'
import {typeName} from '../../../../src/lib/dns/types.js'
import {contentOf} from '../../../../src/lib/dns/zone-file/lines.js'
import {
  notAsPlanned,
  type PrimaryRrset,
  planImport,
  type RrsetChange,
} from '../../../../src/lib/sync/import/plan-import.js'
import {rrsetsOfLines} from '../../../support/zone-file.js'

const ZONE = zoneName('example.com')

function primary(...lines: string[]): PrimaryRrset[] {
  return rrsetsOfLines(ZONE, ...lines).map((rrset) => ({rrset, disabled: []}))
}

function file(...lines: string[]): Rrset[] {
  return rrsetsOfLines(ZONE, ...lines)
}

function text(change: RrsetChange): string {
  const {name, type} = change
  if (change.do === 'delete') return `delete ${name} ${typeName(type)}`
  const contents = [
    ...change.rdatas.map((rdata) => `${rdata.ttl} ${contentOf(rdata)}`),
    ...change.disabled.map((one) => `!${one}`),
  ]
  return `replace ${name} ${typeName(type)} ${contents.join(', ')}`
}

function changes(current: PrimaryRrset[] | undefined, wanted: Rrset[]): string[] {
  return planImport(ZONE, current, wanted).changes.map(text)
}

describe('an import', () => {
  it('adds, changes and deletes RRsets, and deletes before anything else', () => {
    const current = primary('a A 192.0.2.1', 'b A 192.0.2.2', 'b A 192.0.2.3', 'c A 192.0.2.4', 'same TXT x')
    const wanted = file('a CNAME b', 'b A 192.0.2.3', 'b A 192.0.2.5', 'd A 192.0.2.6', 'same TXT "x"')
    expect(changes(current, wanted)).toEqual([
      'delete a.example.com. A',
      'delete c.example.com. A',
      'replace a.example.com. CNAME 300 b.example.com.',
      'replace b.example.com. A 300 192.0.2.3, 300 192.0.2.5',
      'replace d.example.com. A 300 192.0.2.6',
    ])
    const {do: action, records} = planImport(ZONE, current, wanted)
    expect({action, records}).toEqual({
      action: 'change',
      records: {before: 6, after: 6, added: 3, removed: 3, skipped: 0},
    })
  })

  it('has nothing to do where all is equal, however it is written', () => {
    const current = primary('a MX 10 Mail.Example.com.', 'b TYPE1 \\# 4 c0000201', 'c AAAA 2001:DB8::0:1')
    const wanted = file('A.EXAMPLE.COM. MX 10 mail', 'b A 192.0.2.1', 'c AAAA 2001:db8::1')
    expect(planImport(ZONE, current, wanted)).toMatchObject({do: 'nothing', differences: [], changes: []})
  })

  it('changes all of an RRset for another TTL', () => {
    expect(changes(primary('a 60 TXT x', 'a 60 TXT y'), file('a TXT x', 'a TXT y'))).toEqual([
      'replace a.example.com. TXT 300 "x", 300 "y"',
    ])
  })

  it('leaves the serial to the primary, and the SOA as it is where that is all', () => {
    const current = primary('@ SOA ns1 host 77 3600 900 604800 300')
    expect(changes(current, file('@ SOA ns1 host 2026010101 3600 900 604800 300'))).toEqual([])
    const wanted = file('@ SOA ns2 host 2026010101 3600 900 604800 300')
    expect(changes(current, wanted)).toEqual([
      'replace example.com. SOA 300 ns2.example.com. host.example.com. 77 3600 900 604800 300',
    ])
    // The file's own records are as they were.
    expect(wanted.map(({rdatas}) => rdatas.map(contentOf))).toEqual([
      ['ns2.example.com. host.example.com. 2026010101 3600 900 604800 300'],
    ])
  })

  it('leaves DNSSEC records alone, those of the primary and those of the file', () => {
    const signed = (key: string) => [
      `@ DNSKEY 257 3 13 ${key}`,
      '@ NSEC a A',
      '@ NSEC3PARAM 1 0 0 -',
      '@ CDS 1 13 2 00',
      `@ CDNSKEY 257 3 13 ${key}`,
      'x NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A',
      '@ RRSIG A 13 2 300 20300101000000 20260101000000 1 example.com. AQID',
    ]
    const plan = planImport(ZONE, primary(...signed('AQID')), file(...signed('BAUG'), '@ DS 1 13 2 00'))
    expect(plan.changes.map(text)).toEqual(['replace example.com. DS 300 1 13 2 00'])
    expect(plan.records).toEqual({before: 1, after: 2, added: 1, removed: 0, skipped: 7})
  })

  it('keeps disabled records, whatever becomes of those beside them', () => {
    const current = primary('a A 192.0.2.1', 'b A 192.0.2.2', 'c A 192.0.2.3').map(({rrset}) => ({
      rrset: rrset.name.startsWith('c') ? {...rrset, rdatas: []} : rrset,
      disabled: ['192.0.2.99'],
    }))
    expect(changes(current, file('a A 192.0.2.1', 'd A 192.0.2.4'))).toEqual([
      'replace b.example.com. A !192.0.2.99',
      'replace d.example.com. A 300 192.0.2.4',
    ])
  })

  it('creates a zone with the serial of the file', () => {
    const plan = planImport(ZONE, undefined, file('@ NS ns1'))
    expect(plan.do).toBe('create')
    expect(plan.changes.map(text)).toEqual([
      'replace example.com. SOA 300 ns1.example.com. host.example.com. 1 3600 900 604800 300',
      'replace example.com. NS 300 ns1.example.com.',
    ])
  })
})

describe('after an import', () => {
  const before = primary('@ SOA a b 1 2 3 4 5', 'a TXT old', 'b A 192.0.2.1', 'c A 192.0.2.2')
  const plan = planImport(ZONE, before, file('@ SOA a c 9 2 3 4 5', 'a TXT "x\\\\y"', 'c A 192.0.2.2'))
  const wrong = (...lines: string[]) =>
    notAsPlanned(plan, primary(...lines)).map(({name, type}) => `${name} ${typeName(type)}`)

  it('nothing differs where it came as it was meant, whatever else happened', () => {
    expect(wrong('@ SOA a c 2 2 3 4 5', 'a TXT "x\\\\y"', 'c A 192.0.2.9', 'd A 192.0.2.3')).toEqual([])
  })

  it('what PowerDNS read in another way, dropped or kept differs', () => {
    expect(wrong('@ SOA a c 2 2 3 4 5', 'a TXT "xy"')).toEqual(['a.example.com. TXT'])
    expect(wrong('@ SOA a c 2 2 3 4 5')).toEqual(['a.example.com. TXT'])
    expect(wrong('@ SOA a b 2 2 3 4 5', 'a TXT "x\\\\y"', 'b A 192.0.2.1')).toEqual([
      'example.com. SOA',
      'b.example.com. A',
    ])
  })
})
