import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseRdata, printBytes} from '../../../src/lib/dns/presentation.js'
import {LAYOUTS} from '../../../src/lib/dns/rdata/layouts.js'
import {typeName, typeNumber} from '../../../src/lib/dns/types.js'
import {entriesOf} from '../../../src/lib/dns/zone-file/lexer.js'
import {everyRRset} from '../../support/every-type.js'

const ROOT = Uint8Array.of(0)
const EXAMPLE = Buffer.from('\x07example\x00', 'latin1')

/** The wire form of a text, as a zone file would hold it. */
function parse(type: string, text: string, origin: Uint8Array = ROOT): Uint8Array {
  const [entry] = entriesOf('test', text)
  return parseRdata(typeNumber(type) ?? 0, entry?.tokens ?? [], origin)
}

function print(type: string, bytes: Uint8Array): string {
  return printBytes(typeNumber(type) ?? 0, bytes)
}

const rows = everyRRset('every.example.').flatMap(({type, records}) =>
  records.map(({content}) => [type, content] as const),
)

describe('the texts that PowerDNS takes', () => {
  it.each(rows)('%s %s is read and printed again', (type, content) => {
    const bytes = parse(type, content)
    // PowerDNS prints A6, SIG and what it does not know in no other way.
    const generic = content.startsWith('\\#')
    const again = generic
      ? printBytes(typeNumber(type) ?? 0, bytes, {style: 'api', generic})
      : print(type, bytes)
    expect(again.toLowerCase()).toBe(content.toLowerCase())
  })
})

/** Taken from the RFCs' examples, or made after them. */
const WIRE: ReadonlyArray<readonly [type: string, text: string, hex: string, printed?: string]> = [
  ['IPSECKEY', '10 0 2 . AQID', '0a0002010203'],
  ['AAAA', '::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['AAAA', '2001:db8:0:0:1:0:0:1', '20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  [
    'TXT',
    'plain "with space" "quote \\" \\092 \\200"',
    '05706c61696e0a776974682073706163650b71756f74652022205c20c8',
    '"plain" "with space" "quote \\" \\\\ \\200"',
  ],
  [
    'NSEC',
    'host.example.com. A MX RRSIG NSEC TYPE1234',
    '04686f7374076578616d706c6503636f6d000006400100000003041b000000000000000000000000000000000000000000000000000020',
  ],
  [
    'NSEC3',
    '1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG',
    '0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b000722010000000290',
    '1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM',
  ],
  ['NSEC3PARAM', '1 0 0 -', '0100000000'],
  [
    'SVCB',
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832',
  ],
  [
    'SVCB',
    '1 . key65333=ex1 ipv6hint="2001:db8::1"',
    '0001000006001020010db8000000000000000000000001ff350003657831',
    '1 . ipv6hint=2001:db8::1 key65333="ex1"',
  ],
  [
    'HTTPS',
    '1 . mandatory=port,alpn alpn=h2 port=53 no-default-alpn',
    '00010000000004000100030001000302683200020000000300020035',
    '1 . mandatory=alpn,port alpn=h2 no-default-alpn port=53',
  ],
  [
    'IPSECKEY',
    '10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtu',
    '0a0002010351537986ed35533b6064478eeeb27b5bd74dae149b6e',
  ],
  ['AMTRELAY', '10 1 2 2001:db8::15', '0a8220010db8000000000000000000000015'],
  ['CERT', 'PGP 0 ECDSAP256SHA256 AQID', '000300000d010203', '3 0 13 AQID'],
  [
    'SOA',
    'ns hostmaster.example. 1 1h 15m 1w 5m',
    '026e73000a686f73746d6173746572076578616d706c65000000000100000e100000038400093a800000012c',
    'ns. hostmaster.example. 1 3600 900 604800 300',
  ],
  ['TYPE731', '\\# 6 abcd ( ef 01 23 45 )', 'abcdef012345', '\\# 6 abcdef012345'],
  ['A', '\\# 4 0A000001', '0a000001', '10.0.0.1'],
  ['CNAME', 'a\\.b.\\"\\;.example.', '03612e6202223b076578616d706c6500', 'a\\.b.\\"\\;.example.'],
]

describe('rdata on the wire', () => {
  for (const [type, text, hex, printed = text] of WIRE) {
    it(`${type} ${text}`, () => {
      const bytes = parse(type, text)
      expect(Buffer.from(bytes).toString('hex')).toBe(hex)
      expect(print(type, bytes)).toBe(printed)
    })
  }

  it('of a signature has times as calendar dates or as seconds', () => {
    const text = 'A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1'
    const seconds = 'A 5 3 86400 1048354263 1045762263 2642 example.com. oJB1'
    expect(print('RRSIG', parse('RRSIG', seconds))).toBe(text)
    expect(parse('RRSIG', text)).toEqual(parse('RRSIG', seconds))
  })

  it('of a location has what is left out by default', () => {
    const bytes = parse('LOC', '42 21 54 N 71 06 18 W -24m 30m')
    expect(print('LOC', bytes)).toBe('42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m')
    expect(print('LOC', parse('LOC', '0 S 180 E 42849672.95'))).toBe(
      '0 0 0.000 N 180 0 0.000 E 42849672.95m 1.00m 10000.00m 10.00m',
    )
  })

  it('has relative names completed, and names that are written in upper case as they are', () => {
    expect(print('MX', parse('MX', '10 Mail', EXAMPLE))).toBe('10 Mail.example.')
    expect(print('CNAME', parse('CNAME', '@', EXAMPLE))).toBe('example.')
  })

  it('is escaped for the API as PowerDNS does it, and in a zone file as that demands', () => {
    const bytes = parse('PTR', 'a\\(b\\)\\@.example.')
    expect(printBytes(12, bytes)).toBe('a\\(b\\)\\@.example.')
    expect(printBytes(12, bytes, {style: 'api'})).toBe('a(b)@.example.')
    const key = parse('IPSECKEY', '10 0 2 . AQID')
    expect(printBytes(45, key, {style: 'api'})).toBe('10 0 2 AQID')
    expect(parse('IPSECKEY', '10 0 2 AQID')).toEqual(key)
  })
})

describe('what is no rdata', () => {
  it.each([
    ['A', '192.0.2.999', /is no IPv4 address/],
    ['A', '', /is missing/],
    ['A', '192.0.2.1 192.0.2.2', /is too much/],
    ['AAAA', '2001:db8::1::2', /is no IPv6 address/],
    ['AAAA', '1:2:3:4:5:6:7', /is no IPv6 address/],
    ['AAAA', '1:2:3:4:5:6:7:8::', /is no IPv6 address/],
    ['MX', '65536 mail.', /from 0 to 65535/],
    ['MX', '10 mail..example.', /empty label/],
    ['CNAME', `${'a'.repeat(64)}.`, /64 bytes/],
    ['CNAME', `${'abcdefg.'.repeat(40)}`, /321 bytes/],
    ['CNAME', '"quoted."', /in quotes/],
    ['TXT', `"${'x'.repeat(256)}"`, /a text of 256 bytes/],
    ['TXT', '"\\256"', /broken escape/],
    ['DS', '1 8 2 abc', /not in hex/],
    ['DNSKEY', '257 3 13 AwEA*', /not in base64/],
    ['DS', '1 NONESUCH 2 ab', /"NONESUCH"/],
    ['APL', '3:192.0.2.0/24', /no address prefix/],
    ['APL', '1:192.0.2.0/33', /from 0 to 32/],
    ['LOC', '91 N 0 E 0m', /from 0 to 90/],
    ['LOC', '1 2 3 4 N', /N or S is missing/],
    ['SVCB', '1 . port=1 port=2', /twice/],
    ['SVCB', '1 . nonsense=1', /no parameter's key/],
    ['RRSIG', 'A 5 3 1 20261301000000 0 1 a. AQID', /is no time/],
    ['NSEC', 'a. NONESUCH', /no RR type/],
    ['EUI48', '00-00-5e-00-53', /no identifier/],
    ['IPSECKEY', '1 7 1 . AQID', /no kind of a gateway/],
    ['TYPE731', '1 2 3', /not known/],
    ['TYPE731', '\\# 3 abcd', /2 bytes follow/],
    ['TYPE731', '\\# 65536 ab', /from 0 to 65535/],
  ])('%s %s', (type, text, message) => {
    expect(() => parse(type, text)).toThrow(
      expect.objectContaining({code: 'PDIST_INVALID_RDATA', message: expect.stringMatching(message)}),
    )
  })
})

describe('bytes that a server may send', () => {
  const types = fc.oneof(fc.constantFrom(...LAYOUTS.keys()), fc.integer({min: 1, max: 65_535}))
  /** Bytes that are often those of a real record, since of random ones hardly any are. */
  const real = fc
    .constantFrom(...rows)
    .map(([type, content]) => ({type: typeNumber(type) ?? 0, rdata: parse(type, content)}))
  const cut = real.chain(({type, rdata}) =>
    fc
      .tuple(fc.nat(rdata.length), fc.nat(Math.max(0, rdata.length - 1)), fc.integer({min: 0, max: 255}))
      .map(([length, at, byte]) => {
        const changed = Buffer.from(rdata)
        if (changed.length > 0) changed[at] = byte
        return {type, rdata: changed.subarray(0, length)}
      }),
  )
  const random = fc.record({type: types, rdata: fc.uint8Array({maxLength: 80})})

  it('are printed whatever they are, and read back as they were', () => {
    fc.assert(
      fc.property(fc.oneof(random, cut), ({type, rdata}) => {
        const text = printBytes(type, rdata)
        expect(text).toMatch(/^[\x20-\x7e]*$/)
        const again = parse(typeName(type), text)
        expect(printBytes(type, again)).toBe(text)
        // A name that was compressed, into what stood before it, is written out.
        if (again.length === rdata.length) expect(Buffer.from(again)).toEqual(Buffer.from(rdata))
        else expect(again.length).toBeGreaterThan(rdata.length)
      }),
      {numRuns: 3000},
    )
  })

  it('have no effect beyond the rdata', () => {
    const message = Buffer.from('00000004c0000201ffffff', 'hex')
    expect(printBytes(1, message.subarray(4, 7))).toBe('\\# 3 c00002')
  })
})
