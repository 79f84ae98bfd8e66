import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {rrset, zonePath} from '../../support/api-client.js'
import {CDNSKEY, CDS, everyRRset, everyType, someRRsets} from '../../support/every-type.js'
import {typesOf} from '../../support/records.js'
import {TestSystem} from '../../support/system.js'
import {VERIFIED, verified} from '../../support/verified.js'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
})
afterAll(() => system?.stop())

describe.each([
  {zone: 'every.example.', rrsets: everyRRset, types: everyType()},
  // As RFC 2317 names zones.
  {zone: '0/25.2.0.192.in-addr.arpa.', rrsets: someRRsets, types: []},
  {zone: '_under_score.example.', rrsets: someRRsets, types: []},
  // Bücher, as IDNA writes it.
  {zone: 'xn--bcher-kva.example.', rrsets: someRRsets, types: []},
])('every record of $zone is everywhere as it is on the primary', ({zone, rrsets, types}) => {
  test('unsigned', async () => {
    await system.proxy.createZone(zone, rrsets(zone), {nameservers: ['ns1.example.net.', 'ns2.example.net.']})
    await system.copies(zone)
    await hasTypes(zone, types)
  })

  test.each([
    ['NSEC', {dnssec: true}],
    ['NSEC3', {nsec3param: '1 0 0 -'}],
    ['NSEC3 with a salt, iterations and opt-out', {nsec3param: '1 1 3 abcd'}],
    ['NSEC3, and rectified by the primary after each change', {nsec3param: '1 0 0 -', api_rectify: true}],
  ])('signed, with %s', async (_, settings) => {
    await system.proxy.putZone(zone, settings)
    for (const kind of ['PUBLISH-CDS', 'PUBLISH-CDNSKEY']) {
      await system.proxy.call('PUT', `${zonePath(zone)}/metadata/${kind}`, {metadata: ['2']})
    }
    await system.follows(zone)
    await system.copies(zone)
    await hasTypes(zone, [...types, CDS, CDNSKEY])
    for (const {name, dns} of system.secondaries) expect(await verified(dns, zone), name).toBe(VERIFIED)
  })
})

// The lab's primary has `default-api-rectify=no`: only what it sends is in order.
test.each([
  ['NSEC', ''],
  ['NSEC3', '1 0 0 -'],
  ['NSEC3 with opt-out', '1 1 0 -'],
])(
  'cuts and empty non-terminals that a change brings, or takes away, are in the chain of %s',
  async (how, nsec3param) => {
    const zone = `${how.toLowerCase().replaceAll(' ', '-')}.cuts.example.`
    const glue = `ns.cut.${zone}`
    await system.proxy.createZone(
      zone,
      [rrset(`a.${zone}`, 'TXT', '"a"'), rrset(glue, 'AAAA', '2001:db8::1')],
      {
        dnssec: true,
        nsec3param,
      },
    )
    const isInOrder = async (rcode: string) => {
      await system.copies(zone)
      await system.everywhere(async (dns) => expect((await dns.ask(`empty.${zone}`, 'A')).rcode).toBe(rcode))
      for (const {name, dns} of system.secondaries) expect(await verified(dns, zone), name).toBe(VERIFIED)
    }
    await isInOrder('NXDOMAIN')
    await system.proxy.replace(
      zone,
      rrset(`cut.${zone}`, 'NS', glue),
      rrset(`below.empty.${zone}`, 'TXT', '"below"'),
    )
    await isInOrder('NOERROR')
    await system.everywhere(async (dns) => {
      const {answers, authorities} = await dns.ask(`x.cut.${zone}`, 'A')
      expect([answers, authorities.map(({type}) => type)]).toEqual([[], ['NS']])
    })
    await system.proxy.replace(zone, rrset(`cut.${zone}`, 'NS'), rrset(`below.empty.${zone}`, 'TXT'))
    await isInOrder('NXDOMAIN')
    await system.everywhere(async (dns) => expect((await dns.ask(glue, 'AAAA')).answers).toHaveLength(1))
  },
)

async function hasTypes(zone: string, wanted: readonly number[]): Promise<void> {
  const types = typesOf(await system.primary.dns.transfer(zone))
  expect(wanted.filter((type) => !types.has(type))).toEqual([])
}
