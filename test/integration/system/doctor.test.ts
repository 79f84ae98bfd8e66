import {appendFile, chmod, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {setUpBroker} from '../../../src/lib/broker/topology.js'
import type {DoctorReport} from '../../../src/lib/doctor/examine.js'
import {PortPicker} from '../../../src/lib/lab/ports.js'
import type {BrokerCheckReport} from '../../../src/lib/system/broker-check.js'
import {eventually} from '../../support/eventually.js'
import {pdist} from '../../support/pdist.js'
import {TestSystem} from '../../support/system.js'
import {optionsFor, TOPOLOGY} from '../broker/fixture.js'

let system: TestSystem
let directory: string
let count = 0

beforeAll(async () => {
  system = await TestSystem.start()
  directory = await mkdtemp(join(tmpdir(), 'pdist-doctor-'))
  await system.proxy.createZone('doctor.test.')
  await system.follows('doctor.test.')
})
afterAll(async () => {
  await system?.stop()
  await rm(directory, {recursive: true, force: true})
})

interface Changes {
  broker?: Record<string, unknown>
  primary?: Record<string, unknown>
}

/** The operator's configuration, as the primary has it, with some keys of another value. */
async function configured({broker = {}, primary = {}}: Changes = {}): Promise<string> {
  const {nats, primary: server} = system.lab.endpoints
  const {host, port} = server.dns
  const sections = {
    broker: {servers: [nats.url], ...broker},
    primary: {api_url: server.apiUrl, api_key: server.apiKey, dns: `${host}:${port}`, ...primary},
    state: {directory},
  }
  const file = join(directory, `${++count}.toml`)
  const text = Object.entries(sections).map(([name, keys]) => {
    const given = Object.entries(keys).filter(([, value]) => value !== undefined)
    return `[${name}]\n${given.map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join('')}`
  })
  await writeFile(file, text.join('\n'), {mode: 0o600})
  return file
}

async function doctor(
  config: string,
  ...flags: string[]
): Promise<{code: number | string; report: DoctorReport}> {
  const {code, stdout, stderr} = await pdist(['doctor', '--json', '--config', config, ...flags])
  expect(stderr).toBe('')
  return {code, report: JSON.parse(stdout)}
}

/** The ids of the problems; each of them has a way out. */
function problems({checks}: DoctorReport): string[] {
  const wrong = checks.filter(({result}) => result === 'problem')
  for (const {fix} of wrong) expect(fix).toBeTruthy()
  return wrong.map(({id}) => id)
}

describe('pdist doctor', () => {
  it('finds no problem where there is none, and has a zone go round', async () => {
    const {code, stdout, stderr} = await pdist([
      ...['doctor', '--probe', 'doctor.test.', '--config', await configured()],
    ])
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    expect(stdout).not.toContain('  problem ')
    expect(stdout).toMatch(/ok {7}axfr: transferred doctor\.test\.: \d+ records/)
    expect(stdout).toContain('a zone-provider looked at doctor.test.: unchanged')
    expect(stdout).toMatch(/ok {7}served \(ns1\): proved doctor\.test\. after \d+ ms\n/)
    expect(stdout).toMatch(/ok {7}served \(ns2\): proved doctor\.test\. after \d+ ms\n/)
  })

  it('looks at a secondary where it runs on one', async () => {
    const syncer = system.lab.endpoints.daemons.find(({name}) => name === 'syncer-ns1')
    const {code, report} = await doctor(syncer?.configFile ?? '')
    expect({code, problems: problems(report)}).toEqual({code: 0, problems: []})
    const ids = report.checks.filter(({result}) => result === 'ok').map(({id}) => id)
    expect(ids).toEqual(
      expect.arrayContaining(['secondary.enabled', 'secondary.transfer-size', 'ports.listen']),
    )
  })

  it('finds a wrong key, and does not ask any further there', async () => {
    const {code, report} = await doctor(await configured({primary: {api_key: 'wrong'}}))
    expect({code, problems: problems(report)}).toEqual({code: 1, problems: ['primary.api']})
    expect(report.checks.find(({id}) => id === 'primary.axfr')?.result).toBe('skipped')
  })

  it('finds a broker that is away, and still looks at what it can reach', async () => {
    const away = `nats://127.0.0.1:${await new PortPicker('127.0.0.1').next()}`
    const {report} = await doctor(await configured({broker: {servers: [away]}}))
    expect(problems(report)).toEqual(['broker.reachable'])
    expect(report.checks.find(({id}) => id === 'daemons.running')?.result).toBe('skipped')
    expect(report.checks.find(({id}) => id === 'primary.axfr')?.result).toBe('ok')
  })

  it('finds a key that everybody can read', async () => {
    const key = join(directory, 'key')
    await writeFile(key, system.lab.endpoints.primary.apiKey)
    await chmod(key, 0o644)
    const config = await configured({primary: {api_key: undefined, api_key_file: key}})
    const {report} = await doctor(config)
    expect(problems(report)).toEqual(['machine.secrets'])
    expect(report.checks.find(({result}) => result === 'problem')?.fix).toBe(`chmod 0640 ${key}`)
  })

  it('finds mistakes in the configuration, and what a role needs', async () => {
    const file = join(directory, 'wrong.toml')
    await writeFile(file, '[broker]\nserver = "x"\n')
    const {code, report} = await doctor(file, '--role', 'secondary')
    expect(code).toBe(1)
    const about = report.checks.flatMap(({id, about: path}) => (id === 'machine.configuration' ? [path] : []))
    expect(about).toEqual(expect.arrayContaining(['broker.server', 'secondary.name', 'secondary.api_url']))
  })

  it('finds a zone with narrow NSEC3', async () => {
    await system.primary.api.createZone('narrow.test.', [], {
      ...{dnssec: true, nsec3param: '1 0 0 -', nsec3narrow: true},
    })
    const {report} = await doctor(await configured())
    expect(problems(report)).toEqual(['primary.nsec3-narrow'])
    expect(report.checks.find(({result}) => result === 'problem')?.finding).toContain('narrow.test.')
    await system.primary.api.deleteZone('narrow.test.')
  })

  it('finds a primary that refuses transfers', async () => {
    const primary = system.lab.part('primary')
    await primary.stop()
    await appendFile(join(system.lab.endpoints.dir, 'primary', 'pdns.conf'), 'allow-axfr-ips=192.0.2.1\n')
    await primary.start()
    const {report} = await doctor(await configured())
    expect(problems(report)).toEqual(['primary.axfr'])
    expect(report.checks.find(({result}) => result === 'problem')?.fix).toContain('allow-axfr-ips')
  })
})

describe('pdist broker check', () => {
  async function check(config: string): Promise<{code: number | string; report: BrokerCheckReport}> {
    const {code, stdout} = await pdist(['broker', 'check', '--json', '--config', config])
    return {code, report: JSON.parse(stdout)}
  }

  it('tells what differs without changing it, and is content with what the daemons made', async () => {
    const differs = await check(await configured({broker: {replicas: 3}}))
    expect({code: differs.code, asWanted: differs.report.asWanted}).toEqual({code: 1, asWanted: false})
    const settings = differs.report.streams.map((stream) => stream.settings.num_replicas)
    expect(settings).toEqual(Array(7).fill({from: 1, to: 3}))
    const {code, report} = await check(await configured())
    expect({code, wrong: report.checks.filter(({result}) => result !== 'ok')}).toEqual({code: 0, wrong: []})
    expect(report.consumers.map(({name}) => name).sort()).toEqual([
      'pdist-syncer-ns1',
      'pdist-syncer-ns2',
      'pdist-zone-provider',
    ])
  })

  it('misses a stream, as the doctor does', async () => {
    const options = optionsFor(system.lab.endpoints.nats)
    const broker = await Broker.connect(options)
    try {
      await broker.jsm.streams.delete(broker.names.largeStream)
      const {code, report} = await check(await configured())
      expect(code).toBe(1)
      expect(report.streams.filter(({state}) => state !== 'as wanted')).toMatchObject([
        {name: 'OBJ_pdist-large', state: 'missing'},
      ])
      const {report: examined} = await doctor(
        await configured({primary: {dns: undefined}}),
        '--role',
        'operator',
      )
      expect(problems(examined)).toEqual(['streams.settings'])
      await setUpBroker(broker, {...TOPOLOGY, eventsKeptMs: 14 * 86_400_000})
      await eventually(async () => expect((await check(await configured())).code).toBe(0))
    } finally {
      await broker.close()
    }
  })
})
