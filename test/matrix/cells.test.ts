import {execFile} from 'node:child_process'
import {appendFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, inject, test} from 'vitest'
import type {DoctorReport} from '../../src/lib/doctor/examine.js'
import {LUA_SWITCH_SINCE} from '../../src/lib/doctor/local-secondary.js'
import {ESCAPES_TWICE_SINCE} from '../../src/lib/doctor/primary.js'
import {isAtLeast} from '../../src/lib/doctor/versions.js'
import {escapedAgain} from '../../src/lib/system/api-rrsets.js'
import {type RRset, rrset, zonePath} from '../support/api-client.js'
import {eventually} from '../support/eventually.js'
import {CDNSKEY, CDS, everyRRset, everyType} from '../support/every-type.js'
import {type Cell, cellsOf, columnsOf, nameOf} from '../support/matrix/cells.js'
import type {MatrixMeta} from '../support/matrix/table.js'
import {pdist} from '../support/pdist.js'
import {typesOf} from '../support/records.js'
import {openBroker, sameEverywhere, settled} from '../support/settled.js'
import {TestSystem} from '../support/system.js'
import {VERIFIED, verified} from '../support/verified.js'
import {liveAndDie} from '../support/zone-life.js'

const run = promisify(execFile)
/** More than one message may have: it goes through the object store. */
const LARGE = 20_000

for (const cell of cellsOf(inject('releases'))) {
  const matrix = {columns: columnsOf(cell)}
  if ('because' in cell) {
    test.skip(nameOf(cell), {meta: {matrix: {...matrix, skipped: cell.because}}}, () => undefined)
  } else {
    describe(nameOf(cell), {meta: {matrix}}, () => scenario(cell, matrix))
  }
}

function scenario({servers, backends: [backend, secondaryBackend]}: Cell, matrix: MatrixMeta): void {
  let system: TestSystem
  beforeAll(async () => {
    const {broker, primary, secondary} = servers
    const places = {broker: broker.places, primary: primary.places, secondary: secondary.places}
    const options = {secondaries: 1, backend, secondaryBackend, notify: true, tls: true}
    system = await TestSystem.start({...options, places})
    // So that what somebody edits is found while a test waits for it.
    await system.reconfigure('syncer-ns1', '[syncer]\nlist_every = "300ms"\nverify_every = "2s"')
    await system.reconfigure('health-checker', '[health_checker]\nsignature_check = "2s"')
    await system.set('zone-provider', 'zone_provider', 'compare = "2s"')
  })
  afterAll(() => system?.stop())

  /** The primary's own. */
  async function pdnsutil(...parameters: string[]): Promise<void> {
    const folder = join(system.lab.endpoints.dir, 'primary')
    await run(join(servers.primary.root, 'wrappers', 'pdnsutil'), [`--config-dir=${folder}`, ...parameters])
  }

  test('it is these versions that run', async () => {
    const versions = await Promise.all(
      [system.primary, system.secondary('ns1')].map(({api}) => api.call('GET', '')),
    )
    expect(versions).toMatchObject([
      {version: servers.primary.powerdns},
      {version: servers.secondary.powerdns},
    ])
    const broker = await openBroker(system)
    try {
      expect(broker.serverVersion).toBe(servers.broker.nats)
    } finally {
      await broker.close()
    }
  })

  /** As this primary's API takes it. */
  function escaped(one: RRset): RRset {
    if (!isAtLeast(servers.primary.powerdns, ESCAPES_TWICE_SINCE)) return one
    return {
      ...one,
      records: one.records.map((record) => ({...record, content: escapedAgain(record.content)})),
    }
  }

  describe('every record is there as it is on the primary', () => {
    const zone = 'every.example.'
    /** The last one has PowerDNS with LMDB lose the 51 KB of one RRset, and all behind it. */
    const signings: ReadonlyArray<[string, object]> = [
      ['NSEC', {dnssec: true}],
      ['NSEC3', {nsec3param: '1 0 0 -'}],
      ['NSEC3 with a salt, iterations and opt-out', {nsec3param: '1 1 3 abcd'}],
      ['NSEC3, and rectified', {nsec3param: '1 0 0 -', api_rectify: true}],
    ]
    const holds = async (wanted: readonly number[]) => {
      const types = typesOf(await system.copies(zone))
      expect(wanted.filter((type) => !types.has(type))).toEqual([])
    }

    test('unsigned', async () => {
      await system.proxy.createZone(zone, everyRRset(zone).map(escaped), {nameservers: ['ns1.example.net.']})
      await holds(everyType())
    })

    test.each(backend === 'lmdb' ? signings.slice(0, -1) : signings)(
      'signed, with %s',
      async (_, settings) => {
        await system.proxy.putZone(zone, settings)
        for (const kind of ['PUBLISH-CDS', 'PUBLISH-CDNSKEY']) {
          await system.proxy.call('PUT', `${zonePath(zone)}/metadata/${kind}`, {metadata: ['2']})
        }
        await system.follows(zone)
        await holds([...everyType(), CDS, CDNSKEY])
        for (const {dns} of system.secondaries) expect(await verified(dns, zone)).toBe(VERIFIED)
      },
    )
  })

  /** How many new zones, or changes, the first secondary's PowerDNS was given without a transfer. */
  async function outcomes(...wanted: Array<'created' | 'amended'>): Promise<number> {
    const series = wanted.map((one) => `pdist_amendments_total{outcome="${one}"`)
    const counts = await Promise.all(series.map((each) => system.metric('syncer-ns1', each)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  test('a zone lives and dies, twice under the same name', async () => {
    await liveAndDie(system, 'life.example.')
    await liveAndDie(system, 'life.example.')
  })

  test('a large zone arrives, and a change in it', async () => {
    const zone = 'large.example.'
    const rrsets = Array.from({length: LARGE}, (_, i) => rrset(`h${i}.${zone}`, 'TXT', `"${'x'.repeat(60)}"`))
    await system.proxy.createZone(zone, rrsets)
    await system.follows(zone)
    const before = await outcomes('amended')
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"one"'))
    expect((await system.copies(zone)).records).toBeGreaterThan(LARGE)
    expect(await outcomes('amended')).toBe(before + 1)
  })

  test('a small zone is created with its records, and changed from then on', async () => {
    const zone = 'small.example.'
    const before = await outcomes('created', 'amended')
    await system.proxy.createZone(zone, [
      rrset(`www.${zone}`, 'TXT', '"one"'),
      rrset(`*.${zone}`, 'A', '192.0.2.1'),
    ])
    await system.copies(zone)
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"two"'))
    expect((await system.copies(zone)).records).toBeGreaterThan(2)
    expect(await outcomes('created', 'amended')).toBe(before + 2)
  })

  test('an import arrives as its file says', async () => {
    const zone = 'imported.example.'
    const path = join(system.lab.endpoints.dir, 'imported.zone')
    const lines = [
      `${zone} 60 SOA ns1 first\\.last 1 1h 15m 1w 5m`,
      `${zone} 60 NS ns1.example.net.`,
      `www.${zone} 60 TXT "back\\\\slash and \\"quotes\\""`,
      `naptr.${zone} 60 NAPTR 100 50 "s" "z3950" "!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i" _z3950._tcp`,
    ]
    await writeFile(path, `${lines.join('\n')}\n`)
    const command = ['zone', 'import', zone, '--file', path, '--yes']
    expect(await system.command(...command)).toMatchObject({code: 0, json: {action: 'create', applied: true}})
    await system.everywhere(async (dns) =>
      expect(await dns.txt(`www.${zone}`)).toEqual(['back\\slash and "quotes"']),
    )
    expect(await system.command(...command)).toMatchObject({code: 0, json: {action: 'nothing'}})
    await system.copies(zone)
  })

  test('what pdnsutil does on the primary arrives, told of and not', async () => {
    const zone = 'around.example.'
    await pdnsutil('create-zone', zone, `ns1.${zone}`)
    await pdnsutil('set-kind', zone, 'primary')
    // The names that it takes have become absolute.
    const name = isAtLeast(servers.primary.powerdns, '5.0') ? `www.${zone}` : 'www'
    await pdnsutil('add-record', zone, name, 'TXT', '300', '"one"')
    await system.primary.api.call('PUT', `/cache/flush?domain=${zone}`)
    await system.primary.api.call('PUT', `${zonePath(zone)}/notify`)
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['one']))
    await pdnsutil('replace-rrset', zone, name, 'TXT', '300', '"two"')
    await pdnsutil('increase-serial', zone)
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['two']))
    await pdnsutil('secure-zone', zone)
    await eventually(async () => expect((await system.follows(zone)).signatures).toHaveLength(1))
    await system.copies(zone)
  })

  test('what somebody edits or deletes at the secondary is put right', async () => {
    const zone = 'edited.example.'
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"right"')])
    await system.copies(zone)
    const {api, dns} = system.secondary('ns1')
    await api.replace(zone, rrset(`www.${zone}`, 'TXT', '"wrong"'))
    await eventually(async () => expect(await dns.txt(`www.${zone}`)).toEqual(['right']))
    expect(await system.metric('syncer-ns1', 'pdist_deviations_total')).toBeGreaterThan(0)
    await system.copies(zone)
    await api.deleteZone(zone)
    await eventually(async () => expect(await dns.txt(`www.${zone}`)).toEqual(['right']))
    await system.copies(zone)
  })

  test('what changes while the syncer is stopped, or killed, is there afterwards', async () => {
    const zones = ['stopped.example.', 'killed.example.']
    const syncer = system.lab.part('syncer-ns1')
    await syncer.stop()
    for (const zone of zones) await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"there"')])
    await syncer.start()
    await syncer.kill()
    await system.proxy.deleteZone(zones[0] ?? '')
    await system.gone(zones[0] ?? '')
    await system.copies(zones[1] ?? '')
  })

  test('what changes while the broker is stopped, or killed, is there afterwards', async () => {
    const nats = system.lab.part('nats')
    const create = (zone: string) => system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"there"')])
    await nats.stop()
    await create('without-broker.example.')
    await nats.start()
    await create('at-once.example.')
    await nats.kill()
    await create('after-kill.example.')
    for (const zone of ['without-broker', 'at-once', 'after-kill']) await system.copies(`${zone}.example.`)
    await settled(system)
    await sameEverywhere(system)
  })

  test('a resync puts right what differs, and says that all is equal', async () => {
    const zone = 'resynced.example.'
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"there"')])
    await system.copies(zone)
    await system.lab.part('syncer-ns1').stop()
    await system.secondary('ns1').api.deleteZone(zone)
    await system.lab.part('syncer-ns1').start()
    await eventually(async () => {
      expect(await system.command('resync', 'ns1', '--timeout', '60s')).toMatchObject({
        code: 0,
        json: {state: 'equal', left: []},
      })
    })
    await system.copies(zone)
  })

  test('the doctor finds no problem, and warns of what these versions are known for', async ({task}) => {
    const reports = [
      await doctor(system.lab.endpoints.config, '--role', 'primary', '--probe', 'every.example.'),
      await doctor(syncerConfig()),
    ]
    const told = [...new Set(reports.flatMap(({told}) => told))]
    task.meta.matrix = {...matrix, doctor: told}
    const losesWrites = !isAtLeast(servers.broker.nats, '2.10.23')
    expect(told).toEqual(losesWrites ? ['broker.version: warning'] : [])
    expect(reports.map(({code}) => code)).toEqual([0, 0])
  })

  if (isAtLeast(servers.secondary.powerdns, LUA_SWITCH_SINCE)) {
    test('while the secondary takes no LUA records, the doctor tells it; afterwards the zone comes', async () => {
      const zone = 'lua.example.'
      await takesLua(false)
      expect((await doctor(syncerConfig())).told).toContain('secondary.lua-updates: warning')
      await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'LUA', `A "ifportup(443, {'192.0.2.1'})"`)])
      await eventually(async () => {
        const refused = (await system.log('syncer-ns1')).filter(({event}) => event === 'zone.not_served')
        expect(refused.map((line) => line.zone)).toContain(zone)
      })
      await takesLua(true)
      await system.copies(zone)
    })
  }

  function syncerConfig(): string {
    const syncer = system.lab.endpoints.daemons.find(({name}) => name === 'syncer-ns1')
    return syncer?.configFile ?? ''
  }

  async function takesLua(yes: boolean): Promise<void> {
    const ns1 = system.lab.part('ns1')
    await ns1.stop()
    const file = join(system.lab.endpoints.dir, 'ns1', 'pdns.conf')
    await appendFile(file, `enable-lua-record-updates=${yes ? 'yes' : 'no'}\n`)
    await ns1.start()
  }
}

/** Its warnings and problems, each once; that a machine is busy says nothing of versions. */
async function doctor(config: string, ...flags: string[]): Promise<{code: number | string; told: string[]}> {
  const {code, stdout, stderr} = await pdist(['doctor', '--json', '--config', config, ...flags])
  if (stdout === '') throw new Error(`pdist doctor printed nothing: ${stderr}`)
  const {checks} = JSON.parse(stdout) as DoctorReport
  const wrong = checks.filter(
    ({id, result}) => id !== 'secondaries.state' && (result === 'problem' || result === 'warning'),
  )
  return {code, told: [...new Set(wrong.map(({id, result}) => `${id}: ${result}`))]}
}
