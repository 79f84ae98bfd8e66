import {afterAll, beforeAll, expect, test} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {mirrorState, setUpMirror} from '../../../src/lib/broker/mirror.js'
import {loadConfig} from '../../../src/lib/config/load.js'
import {silentLogger} from '../../../src/lib/logger.js'
import {brokerOptions} from '../../../src/lib/system/broker-options.js'
import {pauseSecondary, resumeSecondary} from '../../../src/lib/system/pause.js'
import {showSecondary} from '../../../src/lib/system/secondaries.js'
import {System} from '../../../src/lib/system/system.js'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {TestSystem} from '../../support/system.js'

const ZONE = 'far.example.'
/** Debian's nats-server is older than what mirrors need that miss something. */
const EVEN_SO = {replicas: 1, evenIfItStops: true}
const never = new AbortController().signal
const WAITING = {by: 'test', timeoutMs: 15_000, signal: never}

let system: TestSystem
/** As the commands on the side of the primary see it. */
let seen: System
/** As a command sees it that is connected where the secondary is. */
let near: Broker
beforeAll(async () => {
  system = await TestSystem.start({secondaries: 1, near: true})
  const {config, daemons} = system.lab.endpoints
  seen = await System.open(await loadConfig({file: config, env: {}}), silentLogger)
  const syncer = daemons.find(({role}) => role === 'syncer')
  const theirs = await loadConfig({file: syncer?.configFile ?? '', env: {}})
  near = await Broker.connect(brokerOptions(theirs.broker, 'test'))
})
afterAll(async () => {
  await near?.close()
  await seen?.[Symbol.asyncDispose]()
  await system?.stop()
})

test('a secondary that reads a mirror serves every change, proves it, and obeys', async () => {
  await system.proxy.createZone(ZONE, [rrset(`www.${ZONE}`, 'TXT', '"first"')])
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${ZONE}`)).toEqual(['first']))
  await system.proxy.replace(ZONE, rrset(`www.${ZONE}`, 'TXT', '"second"'))
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${ZONE}`)).toEqual(['second']))
  const waited = await system.command('resync', 'ns1', '--zone', ZONE, '--force')
  expect(waited).toMatchObject({code: 0})
})

test('its heartbeat, its name and its place in the mirror are seen from the primary', async () => {
  await eventually(async () => {
    const shown = await showSecondary(seen, 'ns1', never)
    expect(shown).toMatchObject({syncer: {}, position: {waiting: 0, inFlight: 0}})
    expect(shown.position?.acknowledged).toBeGreaterThan(0)
  })
  expect(await seen.presence.last('ns1')).toMatchObject({mirror: {name: 'near', domain: 'near'}})
})

test('it is paused and goes on', async () => {
  expect(await pauseSecondary(seen, 'ns1', WAITING)).toMatchObject({state: 'paused'})
  await system.proxy.replace(ZONE, rrset(`www.${ZONE}`, 'TXT', '"third"'))
  expect(await resumeSecondary(seen, 'ns1', WAITING)).toMatchObject({state: 'running'})
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${ZONE}`)).toEqual(['third']))
})

test('no mirror is made on a server whose mirrors stop', async () => {
  const [major = 0, minor = 0] = near.serverVersion.split('.').map(Number)
  const made = setUpMirror(near, 'near', {replicas: 1})
  if (major > 2 || minor >= 12) expect(await made).toMatchObject({action: 'unchanged'})
  else await expect(made).rejects.toMatchObject({code: 'PDIST_BROKER_SETUP'})
})

test('a mirror is told from one of a store that is gone', async () => {
  expect(await setUpMirror(near, 'near', EVEN_SO)).toMatchObject({action: 'unchanged'})
  expect(await mirrorState(near, {name: 'other'})).toMatchObject({state: 'missing'})
  const {jsm, names} = seen.broker
  await jsm.streams.delete(names.zoneStream)
  // The zone-provider makes the store anew, and fills it from the primary.
  await eventually(async () => {
    expect(await mirrorState(near, {name: 'near'})).toMatchObject({state: 'older'})
  }, 10_000)
  await expect(setUpMirror(near, 'near', EVEN_SO)).rejects.toMatchObject({code: 'PDIST_BROKER_SETUP'})
  const mirror = await near.zonesOf({name: 'near'})
  await mirror.jsm.streams.delete(mirror.stream)
  expect(await setUpMirror(near, 'near', EVEN_SO)).toMatchObject({action: 'created'})
  await system.proxy.replace(ZONE, rrset(`www.${ZONE}`, 'TXT', '"fourth"'))
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${ZONE}`)).toEqual(['fourth']), 20_000)
})
