import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Broker} from '../../../src/lib/broker/connection.js'
import {PortPicker} from '../../../src/lib/lab/ports.js'
import {rrset, zonePath} from '../../support/api-client.js'
import {newDnssecKey} from '../../support/dnssec-key.js'
import {eventually} from '../../support/eventually.js'
import {ExtraDaemon} from '../../support/extra-daemon.js'
import {NatsProcess} from '../../support/nats-process.js'
import {pdist} from '../../support/pdist.js'
import {filesBelow, type Places, PlantedSecrets} from '../../support/planted.js'
import {openBroker} from '../../support/settled.js'
import {clientRequests, newSecrets, type Spilt, sendRaw, writeConfigurations} from '../../support/spills.js'
import {TestSystem} from '../../support/system.js'
import {Wiretap} from '../../support/wiretap.js'

/** Whatever the search goes through, it has to find this, or it would find nothing at all. */
const MARK = 'that-this-can-be-found'
const SIGNED = 'signed.example.'
const IMPORTED = 'imported.example.'

/** Whoever logs in otherwise is turned away. */
const ACCOUNTS =
  'authorization: {users: [{user: somebody, password: else}, {nkey: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4}]}'
const CRASH_ON_SIGUSR2 = "process.on('SIGUSR2', () => { throw new Error('provoked') })"

let system: TestSystem
let broker: Broker
let wiretap: Wiretap

beforeAll(async () => {
  system = await TestSystem.start()
  const talkative = '[log]\nlevel = "debug"\n[syncer]\nheartbeat = "200ms"'
  await Promise.all(system.lab.endpoints.daemons.map(({name}) => system.reconfigure(name, talkative)))
  broker = await openBroker(system)
  // Not before: the broker would go on answering the requests of those that left, since somebody listens.
  wiretap = new Wiretap(broker.nc)
})
afterAll(async () => {
  wiretap?.close()
  await broker?.close()
  await system?.stop()
})

interface CryptoKey {
  id: number
  privatekey: string
}

describe('the private keys of signed zones', () => {
  const keys = new PlantedSecrets()

  test('are used, imported and read at the primary', async () => {
    const mark = (zone: string) => rrset(zone, 'TXT', JSON.stringify(MARK))
    await system.proxy.createZone(SIGNED, [mark(SIGNED)], {dnssec: true})
    const [own] = await keysOf(SIGNED)
    keys.addDnssecKey('own key', own?.privatekey ?? '')
    await system.proxy.createZone(IMPORTED, [mark(IMPORTED)])
    const imported = {keytype: 'csk', active: true, published: true, privatekey: newDnssecKey()}
    await system.proxy.call('POST', `${zonePath(IMPORTED)}/cryptokeys`, imported)
    const [stranger] = await keysOf(IMPORTED)
    expect(stranger?.privatekey).toContain('PrivateExponent')
    keys.addDnssecKey('imported key', stranger?.privatekey ?? '')
    for (const zone of [SIGNED, IMPORTED]) {
      const {signatures} = await system.copies(zone)
      expect(signatures).toBeTruthy()
    }
  })

  test('are where they have to be, so that the search is known to find them', async () => {
    const found = keys.found(await filesBelow(join(system.lab.endpoints.dir, 'primary'), () => true))
    expect(found.some((line) => line.startsWith('own key'))).toBe(true)
    expect(found.some((line) => line.startsWith('imported key'))).toBe(true)
  })

  test('do not cross the broker, and are not kept there', async () => {
    const crossed: Places = new Map([['what crossed the broker', wiretap.heard]])
    expect(crossed.values().some((content) => content.includes(MARK))).toBe(true)
    const kept = await filesBelow(join(system.lab.endpoints.dir, 'nats'), () => true)
    expect(kept.keys().some((path) => path.endsWith('.blk'))).toBe(true)
    expect(keys.found(new Map([...crossed, ...kept]))).toEqual([])
  })

  test('are on no secondary, and no daemon of the primary keeps or tells them', async () => {
    const isTheServer = (path: string) => path.startsWith('primary/')
    const files = await filesBelow(system.lab.endpoints.dir, (path) => !isTheServer(path))
    for (const name of ['ns1', 'ns2']) {
      const own = [...files].filter(([path]) => path.includes(`/${name}/`))
      expect(own.some(([, content]) => content.includes(MARK))).toBe(true)
    }
    expect(keys.found(new Map([...files, ...(await toldByApis())]))).toEqual([])
  })
})

async function keysOf(zone: string): Promise<CryptoKey[]> {
  const list = (await system.proxy.call('GET', `${zonePath(zone)}/cryptokeys`)) as CryptoKey[]
  const path = ({id}: CryptoKey) => `${zonePath(zone)}/cryptokeys/${id}`
  return (await Promise.all(list.map((key) => system.proxy.call('GET', path(key))))) as CryptoKey[]
}

/** Everything that the secondaries' APIs say of the zones. */
async function toldByApis(): Promise<Places> {
  const told: Places = new Map()
  for (const {name, api} of system.secondaries) {
    for (const zone of [SIGNED, IMPORTED]) {
      expect(await api.call('GET', `${zonePath(zone)}/cryptokeys`)).toEqual([])
      for (const of of ['', '/export', '/metadata', '/cryptokeys']) {
        const {text} = await api.send('GET', zonePath(zone) + of)
        told.set(`${name}: ${zone}${of}`, Buffer.from(text))
      }
    }
  }
  return told
}

describe('what pdist is told in confidence', () => {
  const secrets = new PlantedSecrets()
  const told: Places = new Map()
  let spilt: Spilt
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pdist-secrets-'))
    spilt = newSecrets(secrets)
    const {dir, primary, secondaries} = system.lab.endpoints
    secrets.add("the primary's API key", primary.apiKey)
    for (const {name, apiKey} of secondaries) secrets.add(`the API key of ${name}`, apiKey)
    secrets.addPem('the signing key', await readFile(join(dir, 'signing-key.pem'), 'utf8'))
    secrets.addPem("the proxy's key", await readFile(join(dir, 'api-proxy', 'proxy-key.pem'), 'utf8'))
  })
  afterAll(() => rm(directory, {recursive: true, force: true}))

  test('is sent by clients in every way', async () => {
    const {url} = system.lab.endpoints.proxy
    const requests = clientRequests(spilt)
    const [unfinished = ''] = requests.splice(-1)
    const tsigKey = {name: 'planted.', algorithm: 'hmac-sha256', key: spilt.tsig}
    expect((await system.proxy.send('POST', '/tsigkeys', tsigKey)).status).toBe(201)
    await Promise.all([
      ...requests.map((bytes) => sendRaw(url, bytes, true)),
      sendRaw(url, unfinished, false),
    ])
    const events = async () => (await system.log('api-proxy')).map(({event}) => event)
    await eventually(async () =>
      expect(await events()).toEqual(
        expect.arrayContaining(['call.answered', 'call.malformed', 'call.abandoned']),
      ),
    )
  })

  test('is known to daemons that fail', async () => {
    await using broker = await NatsProcess.start(ACCOUNTS)
    const env = {PDIST_BROKER_PREFIX: 'other', PDIST_STATE_DIRECTORY: directory, PDIST_LOG_LEVEL: 'debug'}
    const readable = join(directory, 'readable')
    await writeFile(readable, system.lab.endpoints.primary.apiKey, {mode: 0o644})
    const port = await new PortPicker('127.0.0.1').next()
    const [provider, syncer, checker] = await Promise.all([
      extra('zone-provider', 'zone-provider', {
        ...{...env, PDIST_PRIMARY_TSIG_NAME: 'unknown.', PDIST_PRIMARY_TSIG_SECRET: spilt.tsig},
        PDIST_PRIMARY_API_KEY_FILE: readable,
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CRASH_ON_SIGUSR2)}`,
      }),
      extra('syncer', 'syncer-ns1', {
        ...{...env, PDIST_SECONDARY_API_KEY: spilt.apiKey, PDIST_SECONDARY_LISTEN: `127.0.0.1:${port}`},
      }),
      extra('health-checker', 'health-checker', {
        ...{...env, PDIST_BROKER_SERVERS: broker.url, PDIST_BROKER_USER: 'pdist'},
        PDIST_BROKER_PASSWORD: spilt.password,
      }),
    ])
    await using daemons = new AsyncDisposableStack()
    for (const daemon of [provider, syncer, checker]) daemons.use(daemon)
    const commands = runCommands(await writeConfigurations(directory, broker.url, spilt))
    await eventually(() => expect(provider.entries('zone.failed')).not.toEqual([]))
    await eventually(() => expect(syncer.stdout).toContain('401'))
    await eventually(() => expect(checker.entries('broker.waiting')).not.toEqual([]))
    expect(provider.entries('config.readable')).toMatchObject([{named: 'primary.api_key_file', mode: '0644'}])
    expect(syncer.entries('config.readable')).toEqual([])
    provider.signal('SIGUSR2')
    syncer.signal('SIGABRT')
    expect(await Promise.all([provider.exit(), syncer.exit()])).toEqual([1, 'SIGABRT'])
    for (const [name, daemon] of Object.entries({provider, syncer, checker})) {
      told.set(name, Buffer.from(daemon.stdout + daemon.stderr))
    }
    for (const [name, {stdout, stderr}] of await commands) told.set(name, Buffer.from(stdout + stderr))
  })

  test('is told to nobody', async () => {
    for (const {name} of system.lab.endpoints.daemons) {
      told.set(`the metrics of ${name}`, Buffer.from((await system.shows(name, '')).join('\n')))
    }
    told.set('what crossed the broker', wiretap.heard)
    const isKept = (path: string) => /^[^/]+\.log$|^nats\/|^api-proxy\/(?!proxy-key\.pem$)/.test(path)
    const kept = await filesBelow(system.lab.endpoints.dir, isKept)
    expect(secrets.found(new Map([...told, ...kept]))).toEqual([])
  })

  /** Each with its output. */
  async function runCommands(files: Awaited<ReturnType<typeof writeConfigurations>>) {
    const {password, token, nkey, creds, signing, syntax, wrong} = files
    const commands = [
      ['config', 'show', '--json', '--config', password],
      ['doctor', '--json', '--verbose', '--config', password],
      ['health', '--json', '--verbose', '--config', token],
      ['health', '--verbose', '--config', nkey],
      ['health', '--verbose', '--config', creds],
      ['daemon', 'zone-provider', '--config', signing],
      ['config', 'check', '--config', syntax],
      ['config', 'check', '--json', '--config', wrong],
      ['daemon', 'zone-provider', '--config', wrong],
    ]
    return Promise.all(commands.map(async (command) => [command.join(' '), await pdist(command)] as const))
  }
})

function extra(role: string, like: string, env: Record<string, string>): Promise<ExtraDaemon> {
  return ExtraDaemon.start(role, join(system.lab.endpoints.dir, `${like}.toml`), env)
}
