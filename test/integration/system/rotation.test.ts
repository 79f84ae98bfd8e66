import {X509Certificate} from 'node:crypto'
import {copyFile, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {BrokerFiles} from '../../support/broker-files.js'
import {eventually} from '../../support/eventually.js'
import {configure} from '../../support/faults/configure.js'
import {pdist} from '../../support/pdist.js'
import {SteadyChanges} from '../../support/steady-changes.js'
import {TestSystem} from '../../support/system.js'

// Secrets are replaced as docs/security.md says, while changes go on, and every one of these is served; the zone is served all the time.
// More: test/faults/rotation.test.ts.

let system: TestSystem
let changes: SteadyChanges
let files: BrokerFiles

beforeAll(async () => {
  system = await TestSystem.start({tls: true, secondaries: 1})
  files = new BrokerFiles(system)
  changes = new SteadyChanges(system)
  await changes.start()
})
afterAll(async () => {
  await changes?.stop()
  await system?.stop()
})

const SYNCER = 'syncer-ns1'
const PRIMARY = ['api-proxy', 'zone-provider', 'health-checker']
const inDir = (name: string) => join(system.lab.endpoints.dir, name)

test("a secondary's key for the broker", async () => {
  const old = inDir('stolen.nkey')
  await copyFile(files.path('secondary-ns1.nkey'), old)
  await files.remake('secondary-ns1.nkey')
  await files.install()
  await configure(system, SYNCER, {})
  await changes.allArrive()
  const {nats} = system.lab.endpoints
  const options = {servers: [nats.url], prefix: 'pdist', clientName: SYNCER, requestTimeoutMs: 5000}
  const connect = (nkeyFile: string) =>
    Broker.connect({...options, insecure: false, caFile: files.path('ca.pem'), nkeyFile})
  await expect(connect(old)).rejects.toMatchObject({code: 'PDIST_BROKER_UNAVAILABLE'})
  await (await connect(files.path('secondary-ns1.nkey'))).close()
})

test("the broker's certificate", async () => {
  const before = (await files.shown()).fingerprint256
  const losses = async () => (await system.log(SYNCER)).filter(({event}) => event === 'broker.disconnected')
  const lost = (await losses()).length
  await files.remake('127.0.0.1/server.pem')
  await files.install()
  await eventually(async () => expect((await files.shown()).fingerprint256).not.toBe(before))
  await changes.allArrive()
  expect(await losses()).toHaveLength(lost)
})

test("the broker's authority", async () => {
  const trusted = inDir('broker-ca.pem')
  const old = await readFile(files.path('ca.pem'), 'utf8')
  await files.remake('ca.pem', 'ca-key.pem')
  const authority = await readFile(files.path('ca.pem'), 'utf8')
  // As `cat old.pem new.pem` does.
  await writeFile(trusted, old + authority)
  const daemons = [...PRIMARY, SYNCER]
  await Promise.all(daemons.map((daemon) => configure(system, daemon, {broker: {ca_file: trusted}})))
  await changes.allArrive()
  await files.install()
  const {publicKey} = new X509Certificate(authority)
  await eventually(async () => expect((await files.shown()).verify(publicKey)).toBe(true))
  await writeFile(trusted, authority)
  await configure(system, SYNCER, {})
  await changes.allArrive()
})

test('the signing key', async () => {
  const [oldFile, newFile] = [inDir('signing-key.pem'), inDir('next-key.pem')]
  const made = await pdist(['keys', 'generate', '--output', newFile, '--json'])
  const next = JSON.parse(made.stdout) as {id: string; publicKey: string}
  const shown = await pdist(['keys', 'show', oldFile, '--json'])
  const old = JSON.parse(shown.stdout) as {publicKey: string}
  const trust = (...keys: string[]) => configure(system, SYNCER, {signing: {trusted_keys: keys}})
  await trust(old.publicKey, next.publicKey)
  await configure(system, 'zone-provider', {signing: {key_file: newFile, trusted_keys: [old.publicKey]}})
  await eventually(async () => {
    const {json} = await system.command('zone', 'list', '--deleted')
    const keys = (json as Array<{signingKey?: string}>).map(({signingKey}) => signingKey)
    expect(new Set(keys)).toEqual(new Set([next.id]))
  })
  await trust(next.publicKey)
  await changes.allArrive()
  const refused = /PDIST_(UNSIGNED|UNKNOWN_KEY|FORGED|REPLAYED)/
  expect((await system.log(SYNCER)).filter((entry) => refused.test(JSON.stringify(entry)))).toEqual([])
})

test('resolvers noticed nothing', () => {
  expect(changes.gaps).toEqual(new Map())
})
