import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {rrset, zonePath} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {TestSystem} from '../../support/system.js'

const run = promisify(execFile)
const WATCH = `[health_checker]
signature_check = "2s"
signature_warning = "365d"
nsec3 = "activate"
nsec3_exempt = ["exempt.example.", "secured.example."]`
// Its denial is nothing that the health-checker would change.
const SIGNED = {dnssec: true, nsec3param: '1 0 0 -'}

// Without caches the primary serves at once what pdnsutil did.
let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start({cache: false})
  await system.reconfigure('health-checker', WATCH)
})
afterAll(() => system?.stop())

describe('what changes on the primary without a new serial and without a word', () => {
  test('a key that begins to sign arrives', async () => {
    const zone = 'rolled.example.'
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"one"')], SIGNED)
    await system.copies(zone)
    const {soa: before} = await system.primary.dns.transfer(zone)
    await pdnsutil('add-zone-key', zone, 'zsk', 'active', 'ecdsa256')
    const {soa, signatures} = await system.copies(zone)
    expect(soa.serial).toBe(before.serial)
    expect(signatures).toHaveLength(1)
    await system.everywhere(async (dns) => {
      const {answers} = await dns.ask(zone, 'DNSKEY')
      expect(answers).toHaveLength(2)
    })
  })

  test('a key that is only published arrives', async () => {
    const zone = 'published.example.'
    await system.proxy.createZone(zone, [], SIGNED)
    await system.follows(zone)
    await pdnsutil('add-zone-key', zone, 'ksk', 'inactive', 'published', 'ecdsa256')
    await system.copies(zone)
  })

  test('a zone that is signed for the first time arrives signed', async () => {
    const zone = 'secured.example.'
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"one"')])
    await system.follows(zone)
    await pdnsutil('secure-zone', zone)
    const {signatures} = await system.follows(zone)
    expect(signatures).toHaveLength(1)
  })
})

test('signatures that expire soon are told of, and counted', async () => {
  const zone = 'expiring.example.'
  await system.proxy.createZone(zone, [], SIGNED)
  await eventually(async () => {
    expect(await system.metric('health-checker', 'pdist_signatures_expiring')).toBeGreaterThan(0)
    const alarms = (await system.log('health-checker')).filter(({event}) => event === 'signatures.expiring')
    expect(alarms.at(-1)).toMatchObject({
      zones: expect.arrayContaining([{zone: expect.any(String), left: expect.any(Number)}]),
    })
  })
  expect(await system.metric('health-checker', 'pdist_signatures_expired')).toBe(0)
  // PowerDNS signs for two or three weeks.
  const soonest = await system.metric('health-checker', 'pdist_signatures_soonest_seconds')
  expect(soonest).toBeGreaterThan(7 * 86_400)
  expect(soonest).toBeLessThan(28 * 86_400)
})

test('plain NSEC becomes NSEC3, and what somebody decided stays', async () => {
  const [plain, exempt, optOut, presigned] = ['plain', 'exempt', 'opt-out', 'presigned'].map(
    (name) => `${name}.example.`,
  )
  if (!plain || !exempt || !optOut || !presigned) throw new Error('no zones')
  await system.proxy.createZone(exempt, [], {dnssec: true})
  await system.proxy.createZone(optOut, [], {dnssec: true, nsec3param: '1 1 0 -'})
  await system.proxy.createZone(presigned, [], {})
  await pdnsutil('set-presigned', presigned)
  await system.proxy.createZone(plain, [rrset(`www.${plain}`, 'TXT', '"one"')], {dnssec: true})
  await eventually(async () => expect(await paramOf(plain)).toBe('1 0 0 -'))
  await system.copies(plain)
  await system.everywhere(async (dns) => {
    const {authorities} = await dns.ask(`none.${plain}`, 'TXT', {dnssec: true})
    expect(new Set(authorities.map(({type}) => type))).toEqual(new Set(['NSEC3', 'RRSIG', 'SOA']))
  })
  // A second zone is done: so the others were looked at, too.
  const later = 'later.example.'
  await system.proxy.createZone(later, [], {dnssec: true})
  await eventually(async () => expect(await paramOf(later)).toBe('1 0 0 -'))
  expect(await Promise.all([exempt, optOut, presigned].map(paramOf))).toEqual(['', '1 1 0 -', ''])
  const changed = (await system.log('health-checker')).filter(({event}) => event === 'nsec3.activated')
  expect(changed.map(({zone}) => zone)).toEqual(expect.arrayContaining([plain, later]))
})

async function paramOf(zone: string): Promise<unknown> {
  const {nsec3param} = (await system.primary.api.call('GET', `${zonePath(zone)}?rrsets=false`)) as Record<
    string,
    unknown
  >
  return nsec3param
}

async function pdnsutil(...parameters: string[]): Promise<void> {
  const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
  const folder = join(system.lab.endpoints.dir, 'primary')
  await run('pdnsutil', [`--config-dir=${folder}`, ...parameters], {env: {...process.env, PATH: path}})
}
