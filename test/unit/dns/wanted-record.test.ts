import {encode, type StringAnswer} from 'dns-packet'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {answersOf} from '../../../src/lib/dns/record.js'
import {comparableRdata, rdataDigest, readRecordText} from '../../../src/lib/dns/wanted-record.js'

const hexOf = (type: string, value: string) => Buffer.from(readRecordText(type, value).rdata).toString('hex')

/** What is compared of the one record in an answer that somebody else's library makes. */
function comparableOf(answer: Parameters<typeof encode>[0]['answers']): string {
  const cursor = answersOf(encode({type: 'response', ...(answer ? {answers: answer} : {})}))
  cursor.next()
  return Buffer.from(comparableRdata(cursor)).toString('hex')
}

describe('a record’s value as people write it', () => {
  it.each([
    ['A', '192.0.2.1', 'c0000201'],
    ['a', ' 192.0.2.1 ', 'c0000201'],
    ['AAAA', '2001:db8::1', `20010db8${'0'.repeat(23)}1`],
    ['AAAA', '::', '0'.repeat(32)],
    ['AAAA', '1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['MX', '10  Mail.Example.', '000a046d61696c076578616d706c6500'],
    ['CNAME', 'example', '076578616d706c6500'],
    ['SRV', '0 5 5060 sip.example.', '0000000513c403736970076578616d706c6500'],
    ['CAA', '0 issue "ca.example"', `00056973737565${Buffer.from('ca.example').toString('hex')}`],
    ['CAA', '128 iodef mailto:a@b', `8005696f646566${Buffer.from('mailto:a@b').toString('hex')}`],
    ['DS', '12345 13 2 abcd EF01', '30390d02abcdef01'],
    ['TLSA', '3 1 1 00ff', '03010100ff'],
    ['TXT', 'v=spf1 -all', Buffer.from('v=spf1 -all').toString('hex')],
    ['TXT', '"v=spf1" " -all"', Buffer.from('v=spf1 -all').toString('hex')],
    ['TXT', '"a\\"b\\\\c\\255"', '6122625c63ff'],
    ['TXT', '""', ''],
    ['TXT', 'é', 'c3a9'],
    ['TYPE65', '\\# 3 abc def', 'abcdef'],
    ['A', '\\# 4 c0000201', 'c0000201'],
    ['TYPE731', '\\# 0', ''],
  ])('%s %s', (type, value, hex) => {
    expect(hexOf(type, value)).toBe(hex)
  })

  it.each([
    ['A', '192.0.2'],
    ['A', '192.0.2.256'],
    ['A', '192.0.2.1 192.0.2.2'],
    ['AAAA', '1::2::3'],
    ['AAAA', '1:2:3:4:5:6:7'],
    ['AAAA', '1:2:3:4:5:6:7:8::'],
    ['AAAA', 'g::'],
    ['MX', '10'],
    ['MX', '65536 a.'],
    ['MX', 'a. 10'],
    ['CNAME', 'a..b'],
    ['CAA', '256 issue "a"'],
    ['DS', '1 2 3 abc'],
    ['TXT', '"open'],
    ['TXT', '"a" b'],
    ['TXT', '"\\256"'],
    ['TYPE65', 'abcdef'],
    ['TYPE65', '\\# 2 abcdef'],
    ['TYPE65536', '\\# 0'],
    ['NOTYPE', 'a'],
    ['constructor', 'a'],
  ])('%s %s is none', (type, value) => {
    expect(() => readRecordText(type, value)).toThrow(
      expect.objectContaining({
        code: 'PDIST_INVALID_RECORD',
        hints: expect.arrayContaining([expect.any(String)]),
      }),
    )
  })

  it('is what is compared of a record on the wire', () => {
    const name = 'a.example'
    expect(hexOf('MX', '10 mail.example.')).toBe(
      comparableOf([{type: 'MX', name, data: {preference: 10, exchange: 'MAIL.example'}}]),
    )
    expect(hexOf('CAA', '0 issue "ca.example"')).toBe(
      comparableOf([{type: 'CAA', name, data: {flags: 0, tag: 'issue', value: 'ca.example'}}]),
    )
    const srv = {priority: 1, weight: 2, port: 3, target: 'b.example'}
    expect(hexOf('SRV', '1 2 3 b.example')).toBe(comparableOf([{type: 'SRV', name, data: srv}]))
    for (const [type, data] of [
      ['A', '192.0.2.7'],
      ['AAAA', '2001:db8::ff'],
      ['NS', 'ns.example'],
      ['PTR', 'host.example'],
    ] as const) {
      expect(hexOf(type, data)).toBe(comparableOf([{type, name, data} satisfies StringAnswer]))
    }
  })

  it('of TXT is compared without regard to where it is cut', () => {
    const name = 'a.example'
    const pieces = fc.array(fc.string({maxLength: 60}), {minLength: 1, maxLength: 6})
    fc.assert(
      fc.property(pieces, pieces, (some, others) => {
        const [a, b] = [some, others].map((data) => comparableOf([{type: 'TXT', name, data}]))
        expect(a === b).toBe(some.join('') === others.join(''))
      }),
    )
  })

  it('has a digest of one size', () => {
    const {rdata} = readRecordText('TXT', 'x'.repeat(70_000))
    expect(rdataDigest(rdata)).toHaveLength(43)
    expect(rdataDigest(rdata)).not.toBe(rdataDigest(rdata.subarray(1)))
  })

  it('that is hostile is refused without ado', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({maxLength: 200}), (type, value) => {
        try {
          readRecordText(type, value)
        } catch (error) {
          expect(error).toMatchObject({code: 'PDIST_INVALID_RECORD'})
        }
      }),
    )
  })
})
