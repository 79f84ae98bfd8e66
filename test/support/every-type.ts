import {type RRset, rrset} from './api-client.js'

const BASE64 = 'AwEAAag/qvT9AKAAfw=='
const SHA1 = '2bb183af5f22588179a53b0a98631fad1a292118'
const SHA256 = '92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c'
const SHA384 = `${SHA256}${SHA256.slice(0, 32)}`

export const CDS = 59
export const CDNSKEY = 60

/** The apex; else a type's records stand below the zone under the type's own name. */
const APEX = '@'
type Row = readonly [type: string, number: number, contents: readonly string[], owner?: string]

/**
 * Every type of which PowerDNS 4.7's API takes records, in the one text that it takes. It takes none of AMTRELAY, GPOS, ISDN,
 * NINFO, NSAP, PX, RESINFO, RT, TALINK, WKS and X25; NULL by its number alone; DNSKEY, NSEC, NSEC3, NSEC3PARAM and RRSIG are its
 * own business, and MAILA and MAILB are questions, not records (RFC 1035 §3.2.3), although it takes them.
 */
const ROWS: readonly Row[] = [
  ['A', 1, ['192.0.2.1', '192.0.2.2']],
  ['A6', 38, ['\\# 17 0020010db8000000000000000000000001']],
  ['AAAA', 28, ['2001:db8::1', '2001:db8::2']],
  ['AFSDB', 18, ['1 afs.example.net.']],
  ['ALIAS', 65401, ['target.example.net.']],
  ['APL', 42, ['1:192.0.2.0/24 !1:198.51.100.0/25 2:2001:db8::/32']],
  ['CAA', 257, ['0 issue "ca.example.net; policy=ev"', '128 tbs "Unknown"']],
  ['CDNSKEY', CDNSKEY, [`257 3 13 ${BASE64}`], APEX],
  ['CDS', CDS, [`12345 13 2 ${SHA256}`, '0 0 0 00'], APEX],
  ['CERT', 37, [`1 0 0 ${BASE64}`]],
  ['CNAME', 5, ['WWW.Example.NET.']],
  ['CSYNC', 62, ['66 3 A NS AAAA'], APEX],
  ['DHCID', 49, ['AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=']],
  ['DLV', 32769, [`60485 5 1 ${SHA1}`]],
  ['DNAME', 39, ['other.example.net.']],
  ['DS', 43, [`60485 5 1 ${SHA1}`], 'delegated'],
  ['EUI48', 108, ['00-00-5e-00-53-2a']],
  ['EUI64', 109, ['00-00-5e-ef-10-00-00-2a']],
  ['HINFO', 13, ['"PC-Intel-700mhz" "Redhat \\"Linux\\" 7.1"']],
  ['HTTPS', 65, ['0 svc.example.net.', '1 . alpn=h2,h3 ipv4hint=192.0.2.1']],
  [
    'IPSECKEY',
    45,
    [`10 1 2 192.0.2.38 ${BASE64}`, `10 3 2 gw.example.net. ${BASE64}`, `10 2 2 2001:db8::1 ${BASE64}`],
  ],
  ['KEY', 25, [`256 3 5 ${BASE64}`]],
  ['KX', 36, ['10 kx.example.net.']],
  ['L32', 105, ['10 10.1.2.0']],
  ['L64', 106, ['10 2001:0DB8:1140:1000']],
  ['LOC', 29, ['52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m']],
  ['LP', 107, ['10 l64.example.net.']],
  ['LUA', 65402, [`A "ifportup(443, {'192.0.2.1', '192.0.2.2'})"`, `TXT ";if(1 > 0) then return 'a' end"`]],
  ['MB', 7, ['mb.example.net.']],
  ['MG', 8, ['mg.example.net.']],
  ['MINFO', 14, ['owner.example.net. errors.example.net.']],
  ['MR', 9, ['mr.example.net.']],
  ['MX', 15, ['10 mail.example.net.', '20 Mail2.Example.Net.']],
  ['NAPTR', 35, ['100 50 "s" "z3950" "!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i" _z3950._tcp.example.net.']],
  ['NID', 104, ['10 0014:4fff:ff20:ee64']],
  ['NS', 2, ['ns.delegated.ZONE'], 'delegated'],
  ['OPENPGPKEY', 61, [BASE64]],
  ['PTR', 12, ['host.example.net.']],
  ['RKEY', 57, [`0 1 3 ${BASE64}`]],
  ['RP', 17, ['admin.example.net. info.example.net.']],
  ['SIG', 24, ['\\# 21 000105030000003c70dbd8805e0be1000001000102']],
  ['SMIMEA', 53, [`3 0 0 ${SHA256}`]],
  ['SPF', 99, ['"v=spf1 -all"']],
  ['SRV', 33, ['10 60 5060 sip.example.net.'], '_sip._udp'],
  ['SSHFP', 44, [`1 1 ${SHA1}`, `4 2 ${SHA256}`]],
  ['SVCB', 64, ['1 svc.example.net. port=8004']],
  ['TLSA', 52, [`3 1 1 ${SHA256}`], '_443._tcp'],
  [
    'TXT',
    16,
    ['"x"', '""', '"MiXeD case"', '"quote \\" backslash \\\\ bytes \\000\\200\\255"', '"one" "two"'],
  ],
  ['TYPE10', 10, ['\\# 3 000102']],
  ['TYPE260', 260, ['\\# 6 0a0001c00002']],
  ['TYPE65400', 65400, ['\\# 4 deadbeef']],
  ['URI', 256, ['10 1 "https://www.example.net/a?b=c"']],
  // At the apex it would have to be true (RFC 8976 §2).
  ['ZONEMD', 63, [`2018031900 1 1 ${SHA384}`]],
]

/** The numbers of all these types but CDS and CDNSKEY: PowerDNS transfers them only where it publishes its own. */
export function everyType(): number[] {
  return ROWS.map(([, number]) => number).filter((number) => number !== CDS && number !== CDNSKEY)
}

/** All of them in one zone, and what else is peculiar: long texts, a wildcard, glue, names that nobody would choose. */
export function everyRRset(zone: string): RRset[] {
  const rows = ROWS.map(([type, , contents, owner = type.toLowerCase()]) =>
    rrset(
      owner === APEX ? zone : `${owner}.${zone}`,
      type,
      ...contents.map((text) => text.replace('ZONE', zone)),
    ),
  )
  const label = (letter: string) => letter.repeat(63)
  const longest = `${label('x')}.${label('y')}.${label('z')}.`
  const room = 253 - longest.length - zone.length
  return [
    ...rows,
    rrset(`ns.delegated.${zone}`, 'A', '192.0.2.3'),
    rrset(`insecure.${zone}`, 'NS', 'ns.example.net.'),
    rrset(`long.${zone}`, 'TXT', texts(3), texts(2)),
    rrset(`longest.${zone}`, 'TXT', texts(200)),
    rrset(`*.${zone}`, 'TXT', '"wildcard"'),
    rrset(`*.below.empty.non.terminals.${zone}`, 'A', '192.0.2.4'),
    rrset(`_under_score.${zone}`, 'TXT', '"underscore"'),
    rrset(`0/25.${zone}`, 'NS', 'ns.example.net.'),
    rrset(`xn--bcher-kva.${zone}`, 'A', '192.0.2.5'),
    rrset(`UPPER.${zone}`, 'A', '192.0.2.6'),
    rrset(`${longest}${'w'.repeat(room)}.${zone}`, 'A', '192.0.2.7'),
  ]
}

/** For a zone whose name is no host name: PowerDNS then wants no addresses in it. */
export function someRRsets(zone: string): RRset[] {
  return [
    rrset(`1.${zone}`, 'PTR', 'host.example.net.'),
    rrset(`_dmarc.${zone}`, 'TXT', '"v=DMARC1; p=none"', texts(20)),
    rrset(`*.${zone}`, 'CNAME', `a/b.${zone}`),
    rrset(`a/b.empty.non.terminals.${zone}`, 'TYPE65400', '\\# 4 deadbeef'),
    rrset(`delegated.${zone}`, 'NS', 'ns.example.net.'),
  ]
}

/** A TXT of so many strings of 255 bytes. */
function texts(count: number): string {
  return Array.from({length: count}, (_, index) => `"${String(index).padEnd(255, '.')}"`).join(' ')
}
