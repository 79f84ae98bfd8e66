import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {VersionRecord} from '../../../src/lib/sync/watch/version-history.js'
import {rrset, zonePath} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {CDNSKEY, CDS} from '../../support/every-type.js'
import {pdist} from '../../support/pdist.js'
import {typesOf} from '../../support/records.js'
import {TestSystem} from '../../support/system.js'

const run = promisify(execFile)
const SERIAL = 4_000_000_000

// With PowerDNS's default caches: what they keep too long is a failure.
let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
})
afterAll(() => system?.stop())

describe('a zone that is changed through the proxy', () => {
  test('is served when created, changed and deleted', async () => {
    const zone = 'plain.example.'
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"one"')])
    await hasText(`www.${zone}`, 'one')
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"two"', '"three"'))
    await hasText(`www.${zone}`, 'three', 'two')
    await system.copies(zone)
    await system.proxy.deleteZone(zone)
    await system.gone(zone)
  })

  test('is remembered: what happened, in order, and who served which version when', async () => {
    const zone = 'remembered.example.'
    const proved = [
      ['ns1', true],
      ['ns2', true],
    ]
    const remembers = (...outcomes: string[]) =>
      eventually(async () => {
        const {code, json} = await system.command('zone', 'history', zone)
        expect({code, json}).toMatchObject({code: 0, json: outcomes.map((outcome) => ({outcome}))})
        for (const {served} of json as VersionRecord[])
          expect(served.map(({secondary, ms}) => [secondary, Number(ms) > 0]).sort()).toEqual(proved)
      })
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"one"')])
    // A version that is deleted before it is proved has no proof to remember.
    await remembers('stored')
    await system.proxy.deleteZone(zone)
    await system.gone(zone)
    await remembers('deleted', 'stored')
    const config = system.lab.endpoints.config
    const {stdout} = await pdist(['events', '--zone', zone, '--config', config])
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/)[1])
    expect(told[0]).toBe('added')
    expect(told.filter((what) => what === 'served')).toHaveLength(2)
    expect(new Set(told.slice(-2))).toEqual(new Set(['removed']))
  })

  test('is secured and unsecured by its keys', async () => {
    const zone = 'keys.example.'
    const keys = `${zonePath(zone)}/cryptokeys`
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"one"')])
    const {id} = (await system.proxy.call('POST', keys, {keytype: 'csk', active: true})) as {id: number}
    await deniesWith(zone, 'NSEC', 'RRSIG', 'SOA')
    await system.proxy.call('PUT', `${keys}/${id}`, {active: false})
    await deniesWith(zone, 'SOA')
    await system.proxy.call('PUT', `${keys}/${id}`, {active: true})
    await deniesWith(zone, 'NSEC', 'RRSIG', 'SOA')
    await system.copies(zone)
    await system.proxy.call('DELETE', `${keys}/${id}`)
    await deniesWith(zone, 'SOA')
    await system.copies(zone)
  })

  test('denies as its NSEC3 parameters say, each time that they change', async () => {
    const zone = 'denial.example.'
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"one"')])
    const settings = [
      {settings: {dnssec: true}, denial: ['NSEC', 'RRSIG', 'SOA']},
      {settings: {nsec3param: '1 0 0 -'}, denial: ['NSEC3', 'RRSIG', 'SOA']},
      {settings: {nsec3param: '1 0 5 abcd'}, denial: ['NSEC3', 'RRSIG', 'SOA']},
      {settings: {nsec3param: ''}, denial: ['NSEC', 'RRSIG', 'SOA']},
      {settings: {dnssec: false}, denial: ['SOA']},
      {settings: {dnssec: true, nsec3param: '1 0 0 -'}, denial: ['NSEC3', 'RRSIG', 'SOA']},
    ]
    for (const {settings: wanted, denial} of settings) {
      await system.proxy.putZone(zone, wanted)
      await system.follows(zone)
      await deniesWith(zone, ...denial)
      await system.copies(zone)
    }
    await system.proxy.deleteZone(zone)
    await system.gone(zone)
  })

  test('follows its metadata', async () => {
    const zone = 'metadata.example.'
    const metadata = `${zonePath(zone)}/metadata`
    await system.proxy.createZone(zone, [], {dnssec: true})
    await system.follows(zone)
    const refused = await system.proxy.send('PUT', `${metadata}/NSEC3PARAM`, {metadata: ['1 0 0 -']})
    // Since PowerDNS lets nobody set this kind so, its NSEC3 parameters change by a PUT of the zone alone.
    expect(refused.status).toBe(422)
    await system.proxy.call('PUT', `${metadata}/PUBLISH-CDS`, {metadata: ['2']})
    expect(typesOf(await system.primary.dns.transfer(zone)).get(CDS)).toBe(1)
    await system.copies(zone)
    await system.proxy.call('DELETE', `${metadata}/PUBLISH-CDS`)
    await system.copies(zone)
    const {soa: before} = await system.primary.dns.transfer(zone)
    await system.proxy.call('POST', metadata, {kind: 'SOA-EDIT', metadata: ['INCREMENT-WEEKS']})
    await system.follows(zone)
    expect((await system.primary.dns.transfer(zone)).soa.serial).not.toBe(before.serial)
  })

  test('is served when made anew, also with the serial that it had, and unsigned where it was signed', async () => {
    const zone = 'again.example.'
    await system.proxy.createZone(zone, [soa(zone), rrset(`www.${zone}`, 'TXT', '"one"')], {
      soa_edit_api: 'OFF',
      dnssec: true,
    })
    await deniesWith(zone, 'NSEC', 'RRSIG', 'SOA')
    await system.proxy.deleteZone(zone)
    await system.gone(zone)
    await system.proxy.createZone(zone, [soa(zone), rrset(`www.${zone}`, 'TXT', '"two"')], {
      soa_edit_api: 'OFF',
    })
    await hasText(`www.${zone}`, 'two')
    await deniesWith(zone, 'SOA')
    expect((await system.primary.dns.transfer(zone)).soa.serial).toBe(SERIAL)
    await system.copies(zone)
  })

  test('is served also where its serial stays the same', async () => {
    const zone = 'same.example.'
    await system.proxy.createZone(zone, [soa(zone), rrset(`www.${zone}`, 'TXT', '"one"')], {
      soa_edit_api: 'OFF',
    })
    await hasText(`www.${zone}`, 'one')
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"two"'))
    await hasText(`www.${zone}`, 'two')
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"three"'))
    await hasText(`www.${zone}`, 'three')
    expect((await system.primary.dns.transfer(zone)).soa.serial).toBe(SERIAL)
    await system.copies(zone)
  })
})

describe('zone push', () => {
  test('brings what was done to the primary around the proxy', async () => {
    const zone = 'around.example.'
    await pdnsutil('create-zone', zone, `ns1.${zone}`)
    await pdnsutil('add-record', zone, 'www', 'TXT', '300', '"one"')
    expect(await push(zone)).toMatchObject({
      provision: 'stored',
      secondaries: [{state: 'served'}, {state: 'served'}],
    })
    await hasText(`www.${zone}`, 'one')
    await pdnsutil('secure-zone', zone)
    await pdnsutil('set-nsec3', zone, '1 0 0 -')
    await pdnsutil('rectify-zone', zone)
    expect(await push(zone)).toMatchObject({provision: 'stored'})
    await deniesWith(zone, 'NSEC3', 'RRSIG', 'SOA')
    await pdnsutil('delete-zone', zone)
    // A push asks; it does not decide that a zone shall go.
    const asked = await system.command('zone', 'push', zone)
    const vanished = {confirmed: false, provision: 'failed', error: {code: 'PDIST_ZONE_VANISHED'}}
    expect(asked).toMatchObject({code: 1, json: [vanished]})
    expect(await push(zone, '--accept-loss')).toMatchObject({
      provision: 'tombstone',
      secondaries: [{state: 'removed'}, {state: 'removed'}],
    })
    await system.gone(zone)
  })

  test('proves a zone that did not change, without a transfer', async () => {
    const zone = 'steady.example.'
    // PowerDNS leaves them out when it transfers an unsigned zone, so that its own copies differ from it.
    const cds = rrset(zone, 'CDS', `12345 13 2 ${'ab'.repeat(32)}`)
    const cdnskey = rrset(zone, 'CDNSKEY', `257 3 13 ${'AQAB'.repeat(16)}`)
    await system.proxy.createZone(zone, [cds, cdnskey, rrset(`www.${zone}`, 'TXT', '"one"')])
    await hasText(`www.${zone}`, 'one')
    await push(zone)
    const before = await proofs(zone)
    for (let times = 0; times < 3; times++) expect(await push(zone)).toMatchObject({provision: 'unchanged'})
    expect(await proofs(zone)).toEqual({...before, untouched: before.untouched + 6})
    expect(await system.metric('health-checker', 'pdist_resends_total')).toBe(0)
    expect(await system.metric('health-checker', 'pdist_zones_unconfirmed')).toBe(0)
    const types = typesOf(await system.primary.dns.transfer(zone))
    expect([types.get(CDS), types.get(CDNSKEY)]).toEqual([undefined, undefined])
    await system.copies(zone)
  })
})

async function hasText(name: string, ...texts: string[]): Promise<void> {
  await system.everywhere(async (dns) => expect(await dns.txt(name)).toEqual(texts))
}

/** Waits until every secondary denies a name with records of these types alone. */
async function deniesWith(zone: string, ...types: string[]): Promise<void> {
  await system.everywhere(async (dns) => {
    const {rcode, authorities} = await dns.ask(`none.${zone}`, 'TXT', {dnssec: true})
    expect({rcode, types: [...new Set(authorities.map(({type}) => type))].sort()}).toEqual({
      rcode: 'NXDOMAIN',
      types,
    })
  })
}

function soa(zone: string) {
  return rrset(zone, 'SOA', `ns1.${zone} hostmaster.${zone} ${SERIAL} 10800 3600 604800 3600`)
}

/** Pushes a zone to both secondaries, which must confirm it, and returns its report. */
async function push(zone: string, ...flags: string[]): Promise<unknown> {
  const {code, json} = await system.command('zone', 'push', zone, ...flags)
  expect(json).toMatchObject([{zone, confirmed: true}])
  expect(code).toBe(0)
  return (json as unknown[])[0]
}

/** How often both secondaries together proved the zone, after a transfer and without. */
async function proofs(zone: string): Promise<{transferred: number; untouched: number}> {
  const logs = await Promise.all(system.secondaries.map(({name}) => system.log(`syncer-${name}`)))
  const proved = logs.flat().filter((line) => line.event === 'zone.served' && line.zone === zone)
  const transferred = proved.filter((line) => line.transferred).length
  return {transferred, untouched: proved.length - transferred}
}

async function pdnsutil(...parameters: string[]): Promise<void> {
  const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
  const folder = join(system.lab.endpoints.dir, 'primary')
  await run('pdnsutil', [`--config-dir=${folder}`, ...parameters], {env: {...process.env, PATH: path}})
}
