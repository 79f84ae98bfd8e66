import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {rrset, zonePath} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {TestSystem} from '../../support/system.js'

const run = promisify(execFile)

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start({notify: true})
})
afterAll(() => system?.stop())

test('what was done with pdnsutil arrives by NOTIFY, from the first version on', async () => {
  const zone = 'around.example.'
  await pdnsutil('create-zone', zone, `ns1.${zone}`)
  await pdnsutil('set-kind', zone, 'master')
  await pdnsutil('add-record', zone, 'www', 'TXT', '300', '"one"')
  // It tells nobody of a zone that its cache does not know yet.
  await system.primary.api.call('PUT', `/cache/flush?domain=${zone}`)
  await control('notify', zone)
  await hasText(`www.${zone}`, 'one')
  await pdnsutil('replace-rrset', zone, 'www', 'TXT', '300', '"two"')
  await pdnsutil('increase-serial', zone)
  await control('notify', zone)
  await hasText(`www.${zone}`, 'two')
  await system.copies(zone)
  expect((await notices()).filter((line) => line.zone === zone).length).toBeGreaterThanOrEqual(2)
})

test('what was done with the API of the primary itself arrives by the NOTIFY that it is asked for', async () => {
  const zone = 'beside.example.'
  await system.primary.api.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"one"')], {kind: 'Master'})
  await system.primary.api.call('PUT', `${zonePath(zone)}/notify`)
  await hasText(`www.${zone}`, 'one')
  await system.primary.api.replace(zone, rrset(`www.${zone}`, 'TXT', '"two"'))
  await system.primary.api.call('PUT', `${zonePath(zone)}/notify`)
  await hasText(`www.${zone}`, 'two')
  await system.copies(zone)
})

test('a storm of NOTIFYs is a few events', async () => {
  const zone = 'storm.example.'
  await system.primary.api.createZone(zone, [], {kind: 'Master'})
  const before = await system.metric('zone-provider', 'pdist_notifies_total')
  const began = performance.now()
  for (let i = 0; i < 20; i++) await control('notify', zone)
  await eventually(async () => {
    const taken = await system.metric('zone-provider', 'pdist_notifies_total')
    expect(taken - before).toBeGreaterThanOrEqual(1)
  })
  await system.copies(zone)
  const seconds = (performance.now() - began) / 1000
  const published = (await notices()).filter((line) => line.zone === zone)
  // Two in the first second, one in each other.
  expect(published.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
})

/** The events that the zone-provider has published for NOTIFYs. */
async function notices(): Promise<Array<Record<string, unknown>>> {
  return (await system.log('zone-provider')).filter(({event}) => event === 'notify.published')
}

async function hasText(name: string, ...texts: string[]): Promise<void> {
  await system.everywhere(async (dns) => expect(await dns.txt(name)).toEqual(texts))
}

const env = {...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`}

function primaryDir(): string {
  return join(system.lab.endpoints.dir, 'primary')
}

async function pdnsutil(...parameters: string[]): Promise<void> {
  await run('pdnsutil', [`--config-dir=${primaryDir()}`, ...parameters], {env})
}

async function control(...parameters: string[]): Promise<void> {
  await run('pdns_control', [`--config-dir=${primaryDir()}`, ...parameters], {env})
}
