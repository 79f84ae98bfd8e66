import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi} from 'vitest'
import {Commands} from '../../../src/lib/broker/commands.js'
import {EventStream} from '../../../src/lib/broker/events.js'
import {PresenceBoard} from '../../../src/lib/broker/presence.js'
import {Reports} from '../../../src/lib/broker/reports.js'
import {answerRollCall} from '../../../src/lib/broker/roll-call.js'
import {setUpBroker} from '../../../src/lib/broker/topology.js'
import {loadConfig} from '../../../src/lib/config/load.js'
import type {Config} from '../../../src/lib/config/schema.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {silentLogger} from '../../../src/lib/logger.js'
import {listAllZones} from '../../../src/lib/system/all-zones.js'
import {checkHealth} from '../../../src/lib/system/health.js'
import {preparePush} from '../../../src/lib/system/push.js'
import {System} from '../../../src/lib/system/system.js'
import {viewZone} from '../../../src/lib/system/zone-view.js'
import type {Heartbeat} from '../../../src/lib/zone/heartbeat.js'
import {DAEMONS} from '../../support/live.js'
import {NatsProcess} from '../../support/nats-process.js'
import {pdist} from '../../support/pdist.js'
import {type PowerDnsProcess, startPowerDns} from '../../support/powerdns-process.js'
import {tombstoneOf, versionOf} from '../../support/versions.js'
import {commandsWith, TOPOLOGY} from './fixture.js'

const never = new AbortController().signal
const [A, B, C] = [zoneName('a.test'), zoneName('b.test'), zoneName('c.test')]
const body = Buffer.from('packed')
let prefixes = 0

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

let config: Config
let system: System
beforeEach(async () => {
  const env = {
    PDIST_BROKER_SERVERS: nats.url,
    PDIST_BROKER_PREFIX: `system${++prefixes}`,
    PDIST_CONFIG: '/dev/null',
  }
  config = await loadConfig({env})
  system = await System.open(config, silentLogger)
  await setUpBroker(system.broker, TOPOLOGY)
})
afterEach(async () => {
  await system[Symbol.asyncDispose]()
})

function heartbeat(secondary: string): Heartbeat {
  const versions = {pdist: '0.1.0', powerdns: '4.7.3', node: 'v24'}
  const numbers = {zones: 2, pending: 0, lag: 0, load: 0.5, problemCount: 0, startedAt: 1}
  return {secondary, state: 'ok', ...versions, ...numbers, warnings: [], problems: []}
}

/** A secondary of that name that serves this of every zone. */
async function secondary(name: string, standing: {served?: string; problem?: string}): Promise<void> {
  await new PresenceBoard(system.broker).beat(heartbeat(name))
  const {served, problem} = standing
  new Commands(system.broker).serve(
    name,
    commandsWith({
      stand: async (zone) => ({
        ...{zone, lag: 0.5},
        ...(served === undefined ? {} : {served, serial: Number(served)}),
        ...(problem === undefined ? {} : {problem: {code: 'PDIST_X', message: problem, hints: []}}),
      }),
    }),
    (error) => {
      throw error
    },
  )
  await system.broker.nc.flush()
}

describe('the system', () => {
  it('cannot be opened without a broker', async () => {
    const nowhere = {...config, broker: {...config.broker, servers: ['nats://127.0.0.1:1']}}
    await expect(System.open(nowhere, silentLogger)).rejects.toMatchObject({code: 'PDIST_BROKER_UNAVAILABLE'})
  })

  it('says that nobody said which broker, where nobody did', async () => {
    const hint = '-> No configuration file was found, so this is the default'
    const env = {PDIST_CONFIG: ''}
    const [unsaid, said] = await Promise.all([
      pdist(['zone', 'list'], {env}),
      pdist(['zone', 'list', '--broker', nats.url.replace(/[0-9]+$/, '1')], {env}),
    ])
    for (const {code, stderr} of [unsaid, said])
      expect([code, stderr]).toEqual([1, expect.stringContaining('PDIST_BROKER_UNAVAILABLE')])
    expect(unsaid.stderr).toContain(hint)
    expect(said.stderr).not.toContain(hint)
  })

  it('says what to do where the broker was never set up', async () => {
    await system.broker.jsm.streams.delete(system.broker.names.secondaryStream)
    await expect(checkHealth(system, {signal: never})).rejects.toMatchObject({
      code: 'PDIST_BROKER_SETUP',
      hints: expect.arrayContaining(['Run `pdist broker setup`']),
    })
  })
})

describe('health', () => {
  it('is judged also where nothing ever ran', async () => {
    await new EventStream(system.broker).publish({verb: 'added', zone: A, id: '1', source: 'test', at: 1})
    expect(await checkHealth(system, {signal: never})).toMatchObject({
      state: 'critical',
      broker: {version: expect.stringMatching(/^2\./)},
      zones: {present: 0, deleted: 0},
      events: {waiting: 1, inFlight: 0},
      secondaries: [],
    })
  })

  it('counts zones and tombstones, and tells active from silent', async () => {
    await system.store.put(versionOf(A), body, 0)
    await system.store.bury(tombstoneOf(B), 0)
    await secondary('ns1', {})
    for (const {clockAheadMs: _, leads: __, ...one} of DAEMONS) {
      answerRollCall(system.broker, () => ({...one, at: Date.now()}))
    }
    await system.broker.nc.flush()
    expect(await checkHealth(system, {signal: never})).toMatchObject({
      state: 'ok',
      broker: {streams: Array(7).fill({state: 'ok', replicas: {wanted: 1, current: 1}})},
      convergence: {seconds: 300, proofs: 0},
      zones: {present: 1, deleted: 1},
      secondaries: [{secondary: 'ns1', state: 'ok'}],
    })
    const hasty = {...config, healthChecker: {...config.healthChecker, inactiveAfter: 0}}
    await using other = await System.open(hasty, silentLogger)
    expect(await checkHealth(other, {signal: never})).toMatchObject({
      state: 'critical',
      secondaries: [{state: 'inactive'}],
    })
  })
})

describe('the view of a zone', () => {
  it('compares what the store has with what each secondary serves', async () => {
    expect(await viewZone(system, A, never)).toBeUndefined()
    await system.store.put(versionOf(A, {fingerprint: {serial: 7, signatures: []}}), body, 0)
    await secondary('current', {served: '7'})
    await secondary('behind', {served: '6'})
    await secondary('ill', {served: '7', problem: 'no'})
    await secondary('none', {})
    await new PresenceBoard(system.broker).beat(heartbeat('mute'))
    const view = await viewZone(system, A, never)
    expect(view).toMatchObject({zone: A, fingerprint: '7', stored: {kind: 'version', revision: 1}})
    expect(view?.secondaries.map(({secondary: name, state}) => [name, state])).toEqual([
      ['behind', 'behind'],
      ['current', 'current'],
      ['ill', 'behind'],
      ['mute', 'no answer'],
      ['none', 'not served'],
    ])
    expect(view?.secondaries[3]).toMatchObject({error: {code: 'PDIST_NO_ANSWER'}})
  })

  it('of a tombstone is current where nothing is served', async () => {
    await system.store.bury(tombstoneOf(A), 0)
    await secondary('gone', {})
    await secondary('still', {served: '7'})
    const view = await viewZone(system, A, never)
    expect(view?.secondaries.map(({state}) => state)).toEqual(['current', 'behind'])
  })
})

describe('a push', () => {
  it('goes through the broker and hears the answers', async () => {
    await secondary('ns1', {})
    const reports = new Reports(system.broker)
    const stop = new AbortController()
    const feed = {
      topology: TOPOLOGY,
      maxMessages: 10,
      onMalformed: vi.fn(),
      onRestart: vi.fn(),
      signal: stop.signal,
    }
    const consuming = new EventStream(system.broker).consume(feed, (event) => {
      const {zone, sequence} = event
      event.ack()
      reports.provided({zone, event: sequence, at: 1, outcome: 'stored', revision: 5})
      const proof = {zone, event: sequence, at: 1, secondary: 'ns1', revision: 5, ms: 1}
      reports.receipt({...proof, outcome: 'served', serial: 9})
    })
    const {secondaries, push} = await preparePush(system, never)
    expect(secondaries).toEqual([{name: 'ns1', active: true, paused: false}])
    const request = {waitFor: 'all', timeoutMs: 10_000, acceptLoss: false, signal: never} as const
    const [a, b] = await Promise.all([push(A, request), push(B, request)])
    expect(a).toMatchObject({zone: A, confirmed: true, provision: 'stored', secondaries: [{serial: 9}]})
    expect(b).toMatchObject({zone: B, confirmed: true})
    stop.abort()
    await consuming
  })
})

describe('all zones', () => {
  let primary: PowerDnsProcess
  beforeAll(async () => {
    primary = await startPowerDns()
  })
  afterAll(() => primary?.stop())

  it('are those of the primary and those that only the store still has', async () => {
    for (const name of [A, B]) {
      const zone = {name, kind: 'Native', nameservers: [`ns1.${name}`]}
      await primary.api('POST', '/api/v1/servers/localhost/zones', zone)
    }
    await system.store.put(versionOf(B), body, 0)
    await system.store.put(versionOf(C), body, 0)
    await system.store.bury(tombstoneOf('buried.test'), 0)
    const {apiKey, apiPort} = primary
    const env = {
      PDIST_CONFIG: '/dev/null',
      PDIST_PRIMARY_API_URL: `http://127.0.0.1:${apiPort}`,
      PDIST_PRIMARY_API_KEY: apiKey,
    }
    const {primary: settings} = await loadConfig({env, need: ['primary']})
    const options = {acceptLoss: false, signal: never}
    expect(await listAllZones(system, settings, options)).toEqual([A, B, C])
  })

  it('are not none because the primary lists none', async () => {
    const {apiKey, apiPort} = primary
    await system.store.put(versionOf(C), body, 0)
    for (const name of [A, B]) await primary.api('DELETE', `/api/v1/servers/localhost/zones/${name}`)
    const env = {
      PDIST_CONFIG: '/dev/null',
      PDIST_PRIMARY_API_URL: `http://127.0.0.1:${apiPort}`,
      PDIST_PRIMARY_API_KEY: apiKey,
    }
    const {primary: settings} = await loadConfig({env, need: ['primary']})
    const refused = {code: 'PDIST_EMPTY_LISTING'}
    const options = {acceptLoss: false, signal: never}
    await expect(listAllZones(system, settings, options)).rejects.toMatchObject(refused)
    expect(await listAllZones(system, settings, {...options, acceptLoss: true})).toEqual([C])
  })
})
