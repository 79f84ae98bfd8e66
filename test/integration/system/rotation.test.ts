import {X509Certificate} from 'node:crypto'
import {copyFile, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {generateKeyFile, showKeyFile} from '../../../src/lib/system/signing-keys.js'
import {TrustedKeys} from '../../../src/lib/zone/signature.js'
import {readPublicKey} from '../../../src/lib/zone/signing-key.js'
import {BrokerFiles} from '../../support/broker-files.js'
import {eventually} from '../../support/eventually.js'
import {configure} from '../../support/faults/configure.js'
import {SteadyChanges} from '../../support/steady-changes.js'
import {StoreAttacker} from '../../support/store-attacker.js'
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
const inDir = (name: string) => join(system.lab.endpoints.dir, name)

function connect(clientName: string, nkeyFile: string): Promise<Broker> {
  const servers = [system.lab.endpoints.nats.url]
  const options = {servers, prefix: 'pdist', requestTimeoutMs: 5000, insecure: false}
  return Broker.connect({...options, clientName, nkeyFile, caFile: files.path('ca.pem')})
}

test("a secondary's key for the broker", async () => {
  const old = inDir('stolen.nkey')
  await copyFile(files.path('secondary-ns1.nkey'), old)
  await files.remake('secondary-ns1.nkey')
  await files.install()
  await configure(system, SYNCER, {})
  await changes.allArrive()
  await expect(connect(SYNCER, old)).rejects.toMatchObject({code: 'PDIST_BROKER_UNAVAILABLE'})
  await (await connect(SYNCER, files.path('secondary-ns1.nkey'))).close()
})

test("the broker's authority", async () => {
  const trusted = inDir('broker-ca.pem')
  const old = await readFile(files.path('ca.pem'), 'utf8')
  await files.remake('ca.pem', 'ca-key.pem')
  const authority = await readFile(files.path('ca.pem'), 'utf8')
  // As `cat old.pem new.pem` does.
  await writeFile(trusted, old + authority)
  // The others stay connected meanwhile.
  const restarted = ['zone-provider', SYNCER]
  await Promise.all(restarted.map((daemon) => configure(system, daemon, {broker: {ca_file: trusted}})))
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
  const next = await generateKeyFile(newFile)
  const old = await showKeyFile(oldFile)
  const trust = (...keys: string[]) => configure(system, SYNCER, {signing: {trusted_keys: keys}})
  await trust(old.publicKey, next.publicKey)
  await configure(system, 'zone-provider', {signing: {key_file: newFile, trusted_keys: [old.publicKey]}})
  const signed = new TrustedKeys([readPublicKey(next.publicKey)])
  const broker = await connect('operator', files.path('operator.nkey'))
  const store = new StoreAttacker(broker)
  await eventually(async () => expect(signed.faultOf(await store.state(changes.zone))).toBeUndefined())
  await broker.close()
  const {json} = await system.command('zone', 'list', '--deleted')
  expect(json).toMatchObject([{signingKey: next.id}])
  await trust(next.publicKey)
  await changes.allArrive()
  const refused = /PDIST_(UNSIGNED|UNKNOWN_KEY|FORGED|REPLAYED)/
  expect((await system.log(SYNCER)).filter((entry) => refused.test(JSON.stringify(entry)))).toEqual([])
})

test('resolvers noticed nothing', () => {
  expect(changes.gaps).toEqual(new Map())
})
