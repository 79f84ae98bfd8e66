import {expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {adviceOn} from '../../../../src/lib/sync/import/advice.js'
import {fileRecords} from '../../../support/zone-file.js'

const ZONE = zoneName('example.com')

function advice(...lines: string[]): string[] {
  return adviceOn(ZONE, fileRecords(ZONE, ['$TTL 60', ...lines]))
}

it('several TTLs in one RRset are told, but not those of signatures', () => {
  const signature = '13 2 60 20300101000000 20260101000000 1 example.com. AQID'
  expect(
    advice(
      'www A 192.0.2.1',
      'www 30 A 192.0.2.2',
      'www AAAA 2001:db8::1',
      `www 60 RRSIG A ${signature}`,
      `www 30 RRSIG AAAA ${signature}`,
    ),
  ).toEqual(['zone:3: www.example.com. A has several TTLs; the lowest, 30, is taken'])
})

it('name servers without an address are told where only this zone can have it', () => {
  const servers = ['@ NS ns1', '@ NS ns.example.net.', 'sub NS ns.sub', 'sub NS ns1', 'sub NS ns.other']
  expect(advice(...servers, 'other NS ns.example.net.')).toEqual([
    'zone:2: ns1.example.com., a name server of example.com., has no address in the file',
    'zone:4: ns.sub.example.com., a name server of sub.example.com., has no address in the file',
  ])
  expect(advice(...servers, 'NS1 AAAA 2001:db8::1', 'ns.sub A 192.0.2.1')).toEqual([])
})

it('a wildcard may be the address of any name', () => {
  expect(advice('@ NS ns1', '* A 192.0.2.1')).toEqual([])
})
