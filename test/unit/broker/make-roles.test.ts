import {X509Certificate} from 'node:crypto'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {makeBrokerRoles} from '../../../src/lib/broker/make-roles.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-roles-'))
})
afterEach(() => rm(directory, {recursive: true}))

const make = (secondaries: string[] = []) =>
  makeBrokerRoles({
    ...{directory, prefix: 'pdist', secondaries, removed: [], listenOn: '[::]'},
    servers: [{name: 'nats.example', host: 'nats.example', port: 4222, clusterPort: 6222}],
    storeDirectory: () => '/var/lib/nats',
  })
const text = (name: string) => readFile(join(directory, name), 'utf8')

it('keeps what is there, so that a secondary can be added', async () => {
  await make(['ns1'])
  const kept = ['ca.pem', 'ca-key.pem', 'nats.example/server.pem', 'primary.nkey', 'secondary-ns1.nkey']
  const before = await Promise.all(kept.map(text))
  const {roles} = await make(['ns2'])
  expect(await Promise.all(kept.map(text))).toEqual(before)
  expect(roles.filter(({made}) => made)).toMatchObject([{role: 'secondary', secondary: 'ns2'}])
})

it('makes certificates of a new authority where the old one is taken away', async () => {
  await make()
  const old = new X509Certificate(await text('ca.pem'))
  for (const name of ['ca.pem', 'ca-key.pem']) await rm(join(directory, name))
  await make()
  const authority = new X509Certificate(await text('ca.pem'))
  const server = new X509Certificate(await text('nats.example/server.pem'))
  expect(server.verify(authority.publicKey)).toBe(true)
  expect(server.verify(old.publicKey)).toBe(false)
  expect(authority.subject).not.toBe(old.subject)
  expect(await text('nats.example/ca.pem')).toBe(await text('ca.pem'))
})

it('makes a new key only for a secondary that is named', async () => {
  await make(['ns1'])
  const before = await text('secondary-ns1.nkey')
  await rm(join(directory, 'secondary-ns1.nkey'))
  expect((await make()).roles.map(({role}) => role)).toEqual(['primary', 'operator'])
  expect((await make(['ns1'])).roles).toMatchObject([{}, {}, {secondary: 'ns1', made: true}])
  expect(await text('secondary-ns1.nkey')).not.toBe(before)
})
