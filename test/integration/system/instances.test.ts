import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {LeaseStore} from '../../../src/lib/broker/lease-store.js'
import {PortPicker} from '../../../src/lib/lab/ports.js'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {ExtraDaemon} from '../../support/extra-daemon.js'
import {TestSystem} from '../../support/system.js'

const WATCH = '[health_checker]\nconfirm_within = "1s"\nload_warning = 1000.0'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start({secondaries: 1, restart: false})
  await system.reconfigure('health-checker', WATCH)
})
afterAll(() => system?.stop())

test('a second syncer of the same name waits whether the first one is gone, then stops with a clear error', async () => {
  const listen = `127.0.0.1:${await new PortPicker('127.0.0.1').next()}`
  const directory = join(system.lab.endpoints.dir, 'elsewhere')
  const env = {PDIST_SECONDARY_LISTEN: listen, PDIST_STATE_DIRECTORY: directory}
  await using second = await ExtraDaemon.start('syncer', configOf('syncer-ns1'), env)
  expect(await second.exit()).toBe(1)
  expect(second.entries('name.waiting')).toHaveLength(1)
  expect(second.stderr).toMatch(/PDIST_NAME_IN_USE: the name ns1 is used by the syncer of the host \S+/)
  expect(second.stderr).toContain('-> Give each secondary a `secondary.name` of its own')
  // It did not touch anything, and the first one did not notice.
  expect(second.entries('powerdns.found')).toEqual([])
  expect(await namesTold()).toEqual(['name.held'])
  await system.proxy.createZone('undisturbed.example.')
  await system.follows('undisturbed.example.')
})

test('a second syncer of the same configuration stops at the address that is in use', async () => {
  const before = await namesTold()
  await using second = await ExtraDaemon.start('syncer', configOf('syncer-ns1'))
  expect(await second.exit()).toBe(1)
  expect(second.stderr).toMatch(/PDIST_LISTEN: Cannot listen on 127\.0\.0\.1:\d+.*EADDRINUSE/)
  expect(await namesTold()).toEqual(before)
})

test('a syncer whose name was taken stops; started again it waits for the other to be gone', async () => {
  const syncer = system.lab.part('syncer-ns1')
  const before = (await namesTold()).length
  const {nats} = system.lab.endpoints
  const options = {servers: [nats.url], prefix: 'pdist', clientName: 'test', requestTimeoutMs: 5000}
  const broker = await Broker.connect({...options, insecure: true})
  const store = new LeaseStore(broker, 5000)
  const thief = {id: 'thief', session: 'thief', host: 'new-ns1', pid: 7}
  await eventually(async () => {
    const {revision} = await store.look('syncer-ns1')
    expect(await store.take('syncer-ns1', thief, revision)).toBeDefined()
  })
  await broker.close()
  await eventually(() => expect(syncer.pid).toBeUndefined())
  const failed = (await system.log('syncer-ns1')).filter(({event}) => event === 'daemon.failed')
  expect(failed).toMatchObject([
    {error: {code: 'PDIST_NAME_IN_USE', message: expect.stringContaining('new-ns1')}},
  ])
  await syncer.start()
  expect((await namesTold()).slice(before)).toEqual(['name.lost', 'name.waiting', 'name.held'])
})

test('a killed syncer has its name again at once', async () => {
  const syncer = system.lab.part('syncer-ns1')
  const before = (await namesTold()).length
  await syncer.kill()
  await syncer.start()
  expect((await namesTold()).slice(before)).toEqual(['name.held'])
})

test('of two health-checkers one sends again; when it is killed, the other does', async () => {
  const zone = 'resent.example.'
  await system.proxy.createZone(zone)
  await system.follows(zone)
  await using second = await ExtraDaemon.start('health-checker', configOf('health-checker'))
  await eventually(async () => expect(await second.ready()).toBe(200))
  // It knows the secondary, so it would send again if it were to.
  await eventually(async () => expect(await second.metric('pdist_secondary_active')).toBe(1))
  const pdns = system.lab.part('ns1')
  const resends = () => system.metric('health-checker', 'pdist_resends_total')
  const before = await resends()
  pdns.signal('SIGSTOP')
  try {
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"late"'))
    await eventually(async () => expect(await resends()).toBeGreaterThan(before + 1))
    expect(await second.metric('pdist_zones_unconfirmed')).toBe(1)
    expect(await second.metric('pdist_resends_total')).toBe(0)
    expect(await second.metric('pdist_leader')).toBe(0)
    expect(await system.metric('health-checker', 'pdist_leader')).toBe(1)
    await system.lab.part('health-checker').kill()
    await eventually(async () => expect(await second.metric('pdist_resends_total')).toBeGreaterThan(0))
    expect(await second.metric('pdist_leader')).toBe(1)
    expect(second.entries('leader.gained')).toHaveLength(1)
  } finally {
    pdns.signal('SIGCONT')
  }
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['late']))
})

function configOf(daemon: string): string {
  const found = system.lab.endpoints.daemons.find(({name}) => name === daemon)
  if (!found) throw new Error(`the lab has no daemon ${daemon}`)
  return found.configFile
}

async function namesTold(): Promise<unknown[]> {
  const told = (await system.log('syncer-ns1')).map(({event}) => String(event))
  return told.filter((event) => event.startsWith('name.'))
}
