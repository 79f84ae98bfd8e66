import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {allowAtOnce} from '../../src/daemons/api-proxy/changes-at-once.js'
import {startApiProxy} from '../../src/daemons/api-proxy.js'
import type {DaemonContext} from '../../src/daemons/runner.js'
import type {ConfigWith} from '../../src/lib/config/schema.js'
import {ApiClient} from '../support/api-client.js'
import {TestContext} from '../support/daemon-context.js'
import {isWhole, plainAnswer, startFakeUpstream} from '../support/fake-upstream.js'
import {startHeldUpstream} from '../support/held-upstream.js'
import {startPowerDns} from '../support/powerdns-process.js'
import {eventually} from '../support/proxy.js'

let state: string
let context: TestContext

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'pdist-proxy-'))
})
afterEach(async () => {
  await context[Symbol.asyncDispose]()
  await rm(state, {recursive: true, force: true})
})

/** The api-proxy's context, before a PowerDNS at this port and without a broker. */
async function before(port: number, env: Record<string, string> = {}) {
  context = await TestContext.open('api-proxy', {
    PDIST_PRIMARY_API_URL: `http://127.0.0.1:${port}`,
    PDIST_PRIMARY_API_KEY: 'secret-of-the-test',
    PDIST_API_PROXY_LISTEN: '127.0.0.1:0',
    PDIST_STATE_DIRECTORY: state,
    PDIST_BROKER_SERVERS: 'nats://127.0.0.1:1',
    ...env,
  })
  const {config, log, metrics, readiness, signal} = context
  const {primary} = config
  if (!primary) throw new Error('no primary')
  const daemon: DaemonContext<ConfigWith<'primary'>> = {
    config: {...config, primary},
    log,
    metrics,
    readiness,
    signal,
    defer: context.defer.bind(context),
    background: context.background.bind(context),
  }
  return daemon
}

const eventsOf = (name: RegExp) => context.events.filter(({event = ''}) => name.test(event))

/** What a PowerDNS at this port has allowed once it has told its backend. */
async function allowedBy(port: number): Promise<number[]> {
  const allowed: number[] = []
  const gate = {allowAtOnce: (changes: number) => void allowed.push(changes)}
  const daemon = await before(port)
  daemon.background('changes at once', (signal) => allowAtOnce(daemon, gate, signal))
  await eventually(() => eventsOf(/^changes/).length > 0)
  return allowed
}

describe('PowerDNS is given', () => {
  it.each([
    ['one change at a time', 'gsqlite3', [], 1],
    ['all that come', 'lmdb', [Number.POSITIVE_INFINITY], 'all'],
  ])('%s with %s', async (_, launch, allowed, atOnce) => {
    const powerDns = await startPowerDns({launch})
    try {
      expect(await allowedBy(powerDns.apiPort)).toEqual(allowed)
      expect(eventsOf(/./)).toMatchObject([{event: 'changes.at_once', backends: [launch], atOnce}])
    } finally {
      await powerDns.stop()
    }
  })

  it.each([
    ['bind, gsqlite3:second', []],
    ['gmysql:main', [Number.POSITIVE_INFINITY]],
  ])('what its last word allows, launch=%s: it is asked until it answers', async (launch, allowed) => {
    const answers = [
      plainAnswer(500, '{"error": "not now"}'),
      plainAnswer(200, 'no JSON'),
      plainAnswer(200, JSON.stringify([{name: 'launch', type: 'ConfigSetting', value: launch}])),
    ]
    await using fake = await startFakeUpstream((socket, received, {requests}) => {
      if (!isWhole(received)) return
      requests.push(received)
      socket.end(answers.shift() ?? plainAnswer(404))
    })
    expect(await allowedBy(fake.port)).toEqual(allowed)
    expect(context.events.map(({event}) => event)).toEqual([
      'powerdns.unusable',
      'powerdns.unusable',
      'changes.at_once',
    ])
    expect(fake.requests).toHaveLength(3)
  })
})

describe('the api-proxy', () => {
  it.each([
    ['one change until PowerDNS has told its backend', {}, 1, true],
    [
      'as many changes as it is configured to, and does not ask',
      {PDIST_API_PROXY_CHANGES_AT_ONCE: '2'},
      2,
      false,
    ],
  ])('gives PowerDNS %s; it counts those that wait', async (_, env, atOnce, asks) => {
    // What it answers to `GET /config` tells nothing.
    await using powerDns = await startHeldUpstream()
    const daemon = await before(powerDns.port, env)
    await startApiProxy(daemon)
    if (asks) await eventually(() => eventsOf(/^powerdns/).length > 1)
    const [listening] = eventsOf(/^proxy.listening/) as unknown as [{addresses: Array<{port: number}>}]
    const url = `https://127.0.0.1:${listening.addresses[0]?.port}`
    const ca = await readFile(join(state, 'proxy-cert.pem'), 'utf8')
    const client = new ApiClient({url, apiKey: 'k', ca})
    const calls = ['a', 'b', 'c'].map((zone) => client.send('PATCH', `/zones/${zone}.`, {}))
    const queued = `pdist_proxy_queued_changes ${3 - atOnce}`
    await eventually(async () => (await context.shown('pdist_proxy_queued_changes')).includes(queued))
    await eventually(() => powerDns.calls.length >= atOnce)
    expect(powerDns.calls).toHaveLength(atOnce)
    for (let i = 0; i < 3; i++) {
      await eventually(() => powerDns.calls.length > i)
      powerDns.calls[i]?.answer()
    }
    expect((await Promise.all(calls)).map(({status}) => status)).toEqual([204, 204, 204])
    expect(eventsOf(/^(?:powerdns|changes)/).length > 0).toBe(asks)
    await client.close()
  })
})
