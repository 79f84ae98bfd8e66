import {randomBytes} from 'node:crypto'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {makeServerCertificate} from '../../src/lib/certificates/make.js'
import {ApiClient, zonePath} from '../support/api-client.js'
import {BrokerFiles} from '../support/broker-files.js'
import {eventually} from '../support/eventually.js'
import {configure, setKeys} from '../support/faults/configure.js'
import {SteadyChanges} from '../support/steady-changes.js'
import {TestSystem} from '../support/system.js'

// The secrets around PowerDNS and the api-proxy are replaced as docs/security.md says, while changes go on; those of the broker and
// of signatures: test/integration/system/rotation.test.ts.

let system: TestSystem
let changes: SteadyChanges
let files: BrokerFiles
const opened: ApiClient[] = []

beforeAll(async () => {
  system = await TestSystem.start({tls: true})
  files = new BrokerFiles(system)
  changes = new SteadyChanges(system)
  await changes.start()
})
afterAll(async () => {
  await changes?.stop()
  await Promise.all(opened.map((client) => client.close()))
  await system?.stop()
})

const PRIMARY = ['api-proxy', 'zone-provider', 'health-checker']
const newSecret = () => randomBytes(18).toString('base64url')
const inDir = (name: string) => join(system.lab.endpoints.dir, name)
const restart = (daemon: string) => configure(system, daemon, {})

function client(more: {apiKey?: string; ca: string}): ApiClient {
  const made = new ApiClient({...system.lab.endpoints.proxy, ...more})
  opened.push(made)
  return made
}

/** Gives PowerDNS another key, as it is done: in pdns.conf, and a restart. */
async function newApiKey(server: string, apiKey: string): Promise<void> {
  const file = inDir(`${server}/pdns.conf`)
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^api-key=.*$/m, `api-key=${apiKey}`))
  await system.lab.part(server).stop()
  await system.lab.part(server).start()
}

interface TsigKey {
  name: string
  algorithm: string
  key: string
}

function tsigKey(name: string): TsigKey {
  return {name: `${name}.`, algorithm: 'hmac-sha256', key: randomBytes(32).toString('base64')}
}

function tsigOf({name, algorithm, key}: TsigKey) {
  return {tsig_name: name, tsig_algorithm: algorithm, tsig_secret: key}
}

test("the broker's certificate", async () => {
  const before = (await files.shown()).fingerprint256
  const losses = async () =>
    (await system.log('syncer-ns1')).filter(({event}) => event === 'broker.disconnected')
  const lost = (await losses()).length
  // The lab's own is in a folder of another name.
  await files.remake()
  await files.remake('127.0.0.1/server.pem')
  await files.install()
  await eventually(async () => expect((await files.shown()).fingerprint256).not.toBe(before))
  await changes.allArrive()
  expect(await losses()).toHaveLength(lost)
})

test("the api-proxy's certificate", async () => {
  const old = await readFile(system.lab.endpoints.proxy.caFile, 'utf8')
  const {certificate, key} = await makeServerCertificate('proxy', ['127.0.0.1'])
  const [certFile, keyFile] = [inDir('proxy.pem'), inDir('proxy-key.pem')]
  await writeFile(certFile, certificate)
  await writeFile(keyFile, key)
  changes.client = client({ca: old + certificate})
  await changes.allArrive()
  await configure(system, 'api-proxy', {api_proxy: {cert_file: certFile, key_file: keyFile}})
  changes.client = client({ca: certificate})
  await changes.allArrive()
})

test("the key of the primary's API", async () => {
  const apiKey = newSecret()
  await Promise.all(PRIMARY.map((daemon) => setKeys(system, daemon, {primary: {api_key: apiKey}})))
  await newApiKey('primary', apiKey)
  await Promise.all(PRIMARY.map((daemon) => restart(daemon)))
  changes.client = client({apiKey, ca: await readFile(inDir('proxy.pem'), 'utf8')})
  await changes.allArrive()
})

test("the key of a secondary's API", async () => {
  const apiKey = newSecret()
  await setKeys(system, 'syncer-ns1', {secondary: {api_key: apiKey}})
  expect(changes.gaps).toEqual(new Map())
  await newApiKey('ns1', apiKey)
  await restart('syncer-ns1')
  await changes.allArrive()
  expect(changes.gaps.get('ns2')).toBeUndefined()
})

test('the TSIG key of transfers from the primary', async () => {
  const [old, next] = [tsigKey('old'), tsigKey('next')]
  const allow = async (...keys: TsigKey[]) =>
    changes.client.insist('PUT', zonePath(changes.zone), {master_tsig_key_ids: keys.map(({name}) => name)})
  for (const key of [old, next]) await changes.client.call('POST', '/tsigkeys', key)
  await allow(old)
  await configure(system, 'zone-provider', {primary: tsigOf(old)})
  await changes.allArrive()
  await allow(old, next)
  await configure(system, 'zone-provider', {primary: tsigOf(next)})
  await changes.allArrive()
  await allow(next)
  await changes.client.call('DELETE', '/tsigkeys/old.')
  await changes.allArrive()
})

test('the TSIG key of transfers to a secondary', async () => {
  const {api} = system.secondary('ns2')
  for (const key of [tsigKey('old'), tsigKey('next')]) {
    await api.call('POST', '/tsigkeys', key)
    await api.insist('PUT', zonePath(changes.zone), {slave_tsig_key_ids: [key.name]})
    await configure(system, 'syncer-ns2', {secondary: tsigOf(key)})
    await changes.allArrive()
  }
})
