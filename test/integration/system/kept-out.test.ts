import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {zoneDigests} from '../../../src/lib/dns/zone-digest.js'
import {verifyZonemd} from '../../../src/lib/dns/zonemd.js'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {pdist} from '../../support/pdist.js'
import {LdnsSigner} from '../../support/signed-zone.js'
import {lastOf} from '../../support/steps.js'
import {TestSystem} from '../../support/system.js'

const run = promisify(execFile)
const DAY = 86_400
const MISMATCH = 'PDIST_ZONEMD_MISMATCH'
const EXPIRED = 'PDIST_SIGNATURES_EXPIRED'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
  await system.reconfigure('syncer-ns2', '[syncer]\nheartbeat = "200ms"\nretry_max = "1s"')
})
afterAll(() => system?.stop())

describe('a zone with a digest', () => {
  const zone = 'digest.example.'
  const soa = (serial: number) => `ns1.${zone} hostmaster.${zone} ${serial} 10800 3600 604800 3600`
  const text = (value: string) => rrset(`www.${zone}`, 'TXT', `"${value}"`)

  test('is served where it is right', async () => {
    const records = [rrset(zone, 'SOA', soa(4_000_000_000)), rrset(zone, 'NS', `ns1.${zone}`), text('one')]
    await system.proxy.createZone(zone, records, {soa_edit_api: 'OFF'})
    await system.proxy.replace(zone, await digestOf(zone))
    await eventually(async () => expect((await system.copies(zone)).zonemds).toHaveLength(2))
    expect(lastOf(verifyZonemd(await system.primary.dns.transfer(zone)))).toMatchObject({state: 'verified'})
  })

  test('is kept out where it is not, and the version before stays served', async () => {
    await system.proxy.replace(zone, rrset(zone, 'SOA', soa(4_000_000_001)), text('two'))
    await isKeptOut(zone, MISMATCH)
    for (const {dns} of system.secondaries) {
      expect(await dns.txt(`www.${zone}`)).toEqual(['one'])
      expect(await dns.soa(zone)).toMatchObject({serial: 4_000_000_000})
    }
  })

  test('is served again once it is mended', async () => {
    await system.proxy.replace(zone, await digestOf(zone))
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['two']))
    await system.copies(zone)
    expect(await push(zone)).toMatchObject({code: 0, report: {confirmed: true, provision: 'unchanged'}})
  })
})

describe('a zone that is signed elsewhere', () => {
  const zone = 'presigned.example.'
  const now = () => Math.floor(Date.now() / 1000)
  let signer: LdnsSigner
  beforeAll(async () => {
    signer = await LdnsSigner.create(system.lab.endpoints.dir, zone)
  })

  test('is kept out from the beginning where its signatures have expired', async () => {
    await load(zone, 1, {inception: now() - 9 * DAY, expiration: now() - DAY})
    await isKeptOut(zone, EXPIRED)
    for (const {dns} of system.secondaries)
      expect(await dns.soa(zone, {keys: false})).toMatchObject({state: 'not-served'})
  })

  test('is served where they have not, with the digest that its signer made', async () => {
    await load(zone, 2, {inception: now() - DAY, expiration: now() + 9 * DAY})
    expect(await push(zone)).toMatchObject({code: 0, report: {confirmed: true}})
    const transfer = await system.copies(zone)
    expect(transfer.expires).toBeGreaterThan(now())
    expect(lastOf(verifyZonemd(transfer))).toEqual({state: 'verified', algorithm: 'sha384'})
  })

  test('stays as it was when they expire later, also at a secondary that was away meanwhile', async () => {
    const ns2 = system.secondary('ns2')
    await system.lab.part('syncer-ns2').stop()
    const expiration = now() + 15
    await load(zone, 3, {inception: now() - DAY, expiration})
    expect(await push(zone, '--wait', 'any')).toMatchObject({code: 0, report: {confirmed: true}})
    await eventually(async () => expect(now()).toBeGreaterThan(expiration))
    await system.lab.part('syncer-ns2').start()
    await eventually(async () => {
      const problem = expect.objectContaining({zone, code: EXPIRED})
      expect(await problemsOf('ns2')).toEqual([problem])
    })
    expect(await ns2.dns.soa(zone)).toMatchObject({serial: 2})
    expect(await system.secondary('ns1').dns.soa(zone)).toMatchObject({serial: 3})
    expect(await system.metric('syncer-ns2', keptOut(EXPIRED))).toBeGreaterThan(0)
  })

  test('is kept out while they are expired on the primary, and served once it is signed again', async () => {
    await isKeptOut(zone, EXPIRED)
    await load(zone, 4, {inception: now() - DAY, expiration: now() + 9 * DAY})
    expect(await push(zone)).toMatchObject({code: 0, report: {confirmed: true}})
    await system.copies(zone)
    await eventually(async () => expect(await problemsOf('ns2')).toEqual([]))
  })

  test('is served with expired signatures where that is accepted', async () => {
    await system.reconfigure('zone-provider', '[zone_provider]\nexpired_signatures = "accept"')
    await load(zone, 5, {inception: now() - 9 * DAY, expiration: now() - DAY})
    expect(await push(zone)).toMatchObject({code: 0, report: {confirmed: true}})
    await system.copies(zone)
  })

  async function load(
    name: string,
    serial: number,
    validity: {inception: number; expiration: number},
  ): Promise<void> {
    const lines = [
      `@ 3600 IN SOA ns1.${name} Hostmaster.${name} ${serial} 10800 3600 604800 3600`,
      `@ 3600 IN NS NS1.${name}`,
      `@ 300 IN MX 10 Mail.Example.NET.`,
      'ns1 300 IN A 192.0.2.1',
      'www 300 IN TXT "MiXeD" "case"',
      '*.wild 300 IN CNAME www',
      'sub 300 IN DNAME Other.Example.NET.',
      'phone 300 IN NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.net!" .',
    ]
    const file = await signer.sign(`$ORIGIN ${name}\n${lines.join('\n')}\n`, validity)
    await pdnsutil('load-zone', name, file)
    await pdnsutil('set-presigned', name)
  }
})

/** The ZONEMD RRset that is right for what the primary transfers now. */
async function digestOf(zone: string) {
  const transfer = await system.primary.dns.transfer(zone)
  const digests = lastOf(zoneDigests(transfer.zone, transfer.messages, ['sha384', 'sha512']))
  const contents = digests.map((digest, i) => `${transfer.soa.serial} 1 ${i + 1} ${digest.toString('hex')}`)
  return rrset(zone, 'ZONEMD', ...contents)
}

/** Told by the log, the metrics and `zone push`, in words and as JSON. */
async function isKeptOut(zone: string, code: string): Promise<void> {
  const {code: exit, report} = await push(zone, '--timeout', '3s')
  expect(exit).toBe(1)
  const error = {code, hints: expect.any(Array)}
  expect(report).toMatchObject({zone, confirmed: false, provision: 'failed', error})
  const config = ['--config', system.lab.endpoints.config]
  const {code: again, stdout, stderr} = await pdist(['zone', 'push', zone, '--timeout', '1s', ...config])
  expect(again).toBe(1)
  expect(stdout + stderr).toContain(code)
  const line = expect.objectContaining({event: 'zone.failed', zone, error: expect.objectContaining({code})})
  expect(await system.log('zone-provider')).toContainEqual(line)
  expect(await system.metric('zone-provider', keptOut(code))).toBeGreaterThan(0)
}

function keptOut(code: string): string {
  const reason = code.replace('PDIST_', '').toLowerCase().replace('_', '-')
  return `pdist_versions_kept_out_total{reason="${reason}"`
}

async function push(zone: string, ...flags: string[]): Promise<{code: number | string; report: unknown}> {
  const {code, json} = await system.command('zone', 'push', zone, ...flags)
  return {code, report: (json as unknown[])[0]}
}

/** As `pdist health` tells them. */
async function problemsOf(name: string): Promise<unknown> {
  const {json} = await system.command('health')
  const {secondaries} = json as {secondaries: Array<{secondary: string; problems: unknown[]}>}
  return secondaries.find(({secondary}) => secondary === name)?.problems
}

async function pdnsutil(...parameters: string[]): Promise<void> {
  const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
  const folder = join(system.lab.endpoints.dir, 'primary')
  await run('pdnsutil', [`--config-dir=${folder}`, ...parameters], {env: {...process.env, PATH: path}})
}
