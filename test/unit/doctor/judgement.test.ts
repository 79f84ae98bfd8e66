import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {CheckResult} from '../../../src/lib/doctor/check.js'
import {checks} from '../../../src/lib/doctor/checks.js'
import {examine, factsAtHand} from '../../../src/lib/doctor/examine.js'
import type {Facts} from '../../../src/lib/doctor/facts.js'

const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

/** What one check says of these facts. */
async function found(id: string, facts: Partial<Facts>): Promise<readonly CheckResult[]> {
  const report = await examine(
    checks.filter((check) => check.id === id),
    factsAtHand(facts),
  )
  return report.checks
}

async function results(id: string, facts: Partial<Facts>): Promise<string[]> {
  return (await found(id, facts)).map(({result}) => result)
}

const broker: Facts['broker'] = {
  server: '192.0.2.1:4222',
  version: '2.10.27',
  local: false,
  encrypted: true,
  maxPayload: 1024 * 1024,
  inlineBytes: 128 * 1024,
}

describe('the broker', () => {
  it.each([
    ['2.9.3', 'problem'],
    ['2.9.10', 'warning'],
    ['2.10.22', 'warning'],
    ['2.10.23', 'ok'],
    ['2.11.0-preview.1', 'ok'],
    ['', 'problem'],
  ])('of version %j is %s', async (version, result) => {
    expect(await results('broker.version', {broker: {...broker, version}})).toEqual([result])
  })

  it('in the clear is a warning, unless it is on this machine', async () => {
    const clear = {...broker, encrypted: false}
    expect(await results('broker.tls', {broker})).toEqual(['ok'])
    expect(await results('broker.tls', {broker: clear})).toEqual(['warning'])
    expect(await results('broker.tls', {broker: {...clear, local: true}})).toEqual(['ok'])
  })

  it('must take messages as large as zones are sent', async () => {
    const limited = (maxPayload: number) => results('broker.payload', {broker: {...broker, maxPayload}})
    expect(await limited(64 * 1024)).toEqual(['problem'])
    expect(await limited(512 * 1024)).toEqual(['warning'])
    expect(await limited(8 * 1024 * 1024)).toEqual(['ok'])
  })

  it.each([
    [1_500, 20, 'ok'],
    [-5_000, 20, 'warning'],
    [5_000, 4_000, 'ok'],
    [120_000, 20, 'problem'],
  ])('with a clock %d ms ahead, give or take %d, is %s', async (aheadMs, uncertainMs, result) => {
    expect(await results('broker.clock', {brokerClock: {aheadMs, uncertainMs}})).toEqual([result])
  })

  it('should not let a secondary delete what others need', async () => {
    const login = {clientName: 'syncer-ns1', mayDeleteStreams: true, ofSecondary: true}
    const judge = (changes: object) => results('broker.login', {brokerLogin: {...login, ...changes}})
    expect(await judge({})).toEqual(['warning'])
    expect(await judge({mayDeleteStreams: false})).toEqual(['ok'])
    expect(await judge({ofSecondary: false})).toEqual(['note'])
    const other = {mayDeleteStreams: false, ofSecondary: false}
    expect(await judge({...other, clientName: 'operator'})).toEqual(['ok'])
    expect(await judge({...other, clientName: 'health-checker'})).toEqual(['note'])
  })

  it('warns before its storage is full', async () => {
    const used = (storage: number) =>
      results('broker.storage', {jetStream: {storage, streams: 7, storageLimit: 100}})
    expect(await used(80)).toEqual(['ok'])
    expect(await used(81)).toEqual(['warning'])
    expect(await used(96)).toEqual(['problem'])
    expect(await results('broker.storage', {jetStream: 'not told'})).toEqual(['ok'])
  })
})

describe('streams', () => {
  const stream = {
    name: 'pdist-events',
    state: 'as wanted',
    settings: {},
    messages: 0,
    bytes: 0,
    replicas: 3,
  } as const

  it('that are missing are a problem, other ones that differ a warning with both values', async () => {
    const settings = {num_replicas: {from: 1, to: 3}}
    const streams = [stream, {...stream, state: 'missing'}, {...stream, state: 'differs', settings}] as const
    expect(await found('streams.settings', {streams})).toMatchObject([
      {result: 'problem', about: 'pdist-events', fix: expect.stringContaining('pdist broker setup')},
      {result: 'warning', finding: 'num_replicas is 1, wanted 3'},
    ])
  })

  it('name their replicas that are away, and tell when nobody leads', async () => {
    const cluster = {lagging: ['b'], offline: ['c']}
    const judged = await found('streams.replicas', {streams: [{...stream, cluster}]})
    expect(judged.map(({result, finding}) => `${result} ${finding}`)).toEqual([
      'problem has no leader: nothing can be written',
      'warning replicas are offline: c',
      'warning replicas lag behind: b',
    ])
  })

  it('tell of consumers that nobody reads, or that are nobody’s', async () => {
    const consumer = {stream: 'KV_pdist-zones', pending: 0, unsettled: 0, read: true}
    const of = (secondary: string) =>
      ({name: `pdist-syncer-${secondary}`, reader: {kind: 'secondary', secondary}}) as const
    const heartbeats = [{secondary: 'ns1'}, {secondary: 'ns2'}] as unknown as Facts['heartbeats']
    const consumers = [
      {...consumer, ...of('ns1')},
      {...consumer, ...of('ns2'), pending: 3, unsettled: 1, read: false},
      {...consumer, ...of('ns3'), read: false},
    ]
    expect(await found('streams.consumers', {consumers, heartbeats})).toMatchObject([
      {about: 'pdist-syncer-ns2', result: 'warning', finding: '4 messages wait, and no syncer of ns2 reads'},
      {
        about: 'pdist-syncer-ns3',
        fix: expect.stringContaining('nats consumer rm KV_pdist-zones pdist-syncer-ns3'),
      },
    ])
  })

  it('are mirrored: what is missing, of another store or far behind', async () => {
    const mirror = {stream: 'KV_pdist-zones-eu', state: 'follows', behind: 0, readers: ['ns1']} as const
    expect(await results('streams.mirrors', {mirrors: []})).toEqual(['ok'])
    expect(await results('streams.mirrors', {mirrors: [mirror, {...mirror, behind: 10}]})).toEqual(['ok'])
    const mirrors = [
      {...mirror, state: 'missing'},
      {...mirror, state: 'older'},
      {...mirror, behind: 5000},
    ] as const
    expect(await found('streams.mirrors', {mirrors})).toMatchObject([
      {result: 'problem', finding: 'is not there, and ns1 reads it'},
      {result: 'problem', fix: expect.stringContaining('nats stream rm KV_pdist-zones-eu')},
      {result: 'warning', finding: 'is 5000 states behind the store'},
    ])
  })
})

describe('files', () => {
  const file = {path: '/etc/pdist/key', named: 'primary.api_key_file', secret: true}

  it.each([
    [0o600, true, 'ok'],
    [0o640, true, 'ok'],
    [0o644, true, 'problem'],
    [0o644, false, 'ok'],
    [0o666, false, 'problem'],
  ])('of mode %o, secret: %s, are %s', async (mode, secret, result) => {
    expect(await results('machine.secrets', {files: [{...file, mode, secret}]})).toEqual([result])
  })

  it('are to be closed to others, with the command that does it', async () => {
    const [judged] = await found('machine.secrets', {files: [{...file, mode: 0o664}]})
    expect(judged).toMatchObject({about: 'primary.api_key_file', fix: 'chmod 0640 /etc/pdist/key'})
  })
})

describe('certificates', () => {
  it.each([
    [400, 'ok'],
    [13, 'warning'],
    [-1, 'problem'],
  ])('that end in %d days are %s', async (days, result) => {
    const times = {validFrom: NOW - 10 * DAY, validTo: NOW + days * DAY, now: NOW}
    const certificate = {path: '/c.pem', named: 'api_proxy.cert_file', ...times}
    expect(await results('machine.certificates', {certificates: [certificate]})).toEqual([result])
    expect(await results('broker.certificate', {broker, brokerCertificate: times})).toEqual([result])
  })
})

describe('the primary', () => {
  const settings = (values: Record<string, string>) => ({primarySettings: new Map(Object.entries(values))})
  const listen = {address: '127.0.0.1:5301', port: 5301, wildcard: false}

  it.each([
    ['4.9.17', 'ok'],
    ['5.0.3', 'ok'],
    ['5.1.0', 'note'],
  ])('of version %s reads escapes in its own way: %s', async (version, result) => {
    const primaryServer = {apiUrl: 'http://[::1]:8081', version}
    expect(await results('primary.escapes', {primaryServer})).toEqual([result])
  })

  it.each([
    ['gsqlite3', 'ok'],
    ['lmdb', 'note'],
    ['bind, lmdb:second', 'note'],
  ])('with the backend %s is worth a word: %s', async (launch, result) => {
    expect(await results('primary.backend', settings({launch}))).toEqual([result])
  })

  it('takes larger calls than by default', async () => {
    expect(await results('primary.body-size', settings({'webserver-max-bodysize': '2'}))).toEqual(['warning'])
    expect(await results('primary.body-size', settings({'webserver-max-bodysize': '100'}))).toEqual(['ok'])
  })

  it('need not rectify what it only transfers', async () => {
    const judge = (values: Record<string, string>) => results('primary.rectify', settings(values))
    expect(await judge({'default-api-rectify': 'yes', 'disable-axfr-rectify': 'no'})).toEqual(['note'])
    expect(await judge({'default-api-rectify': 'no', 'disable-axfr-rectify': 'no'})).toEqual(['ok'])
    expect(await judge({'default-api-rectify': 'yes', 'disable-axfr-rectify': 'yes'})).toEqual(['warning'])
  })

  it('notifies the zone-provider where that listens', async () => {
    const told = {primary: 'yes', 'also-notify': '192.0.2.9, 127.0.0.1:5301', 'only-notify': ''}
    const judge = (values: Record<string, string>, wildcard = false) =>
      results('primary.notify', {...settings(values), notifyListen: [{...listen, wildcard}]})
    expect(await judge(told)).toEqual(['ok'])
    expect(await judge({...told, primary: 'no', master: 'yes'})).toEqual(['ok'])
    expect(await judge({...told, primary: 'no'})).toEqual(['warning'])
    expect(await judge({...told, 'also-notify': '[::1]:5301'})).toEqual(['warning'])
    expect(await judge({...told, 'also-notify': '[::1]:5301'}, true)).toEqual(['ok'])
    expect(await judge({...told, 'only-notify': '0.0.0.0/0'})).toEqual(['note', 'ok'])
    expect(await results('primary.notify', {...settings(told), notifyListen: []})).toEqual(['ok'])
  })

  it('gives its zones to those only who need them', async () => {
    expect(await results('primary.allow-axfr', settings({'allow-axfr-ips': '::1'}))).toEqual(['ok'])
    expect(await results('primary.allow-axfr', settings({'allow-axfr-ips': '0.0.0.0/0,::/0'}))).toEqual([
      'warning',
      'warning',
    ])
    expect(await results('primary.allow-axfr', settings({'disable-axfr': 'yes'}))).toEqual(['problem'])
  })

  it('cannot transfer narrow zones, and has views for itself', async () => {
    const [judged] = await found('primary.nsec3-narrow', {
      narrowZones: {signed: 900, looked: 500, narrow: ['a.test.']},
    })
    expect(judged).toMatchObject({result: 'problem', finding: expect.stringContaining('a.test.; 500 of 900')})
    expect(await results('primary.views', {primaryViews: ['inside']})).toEqual(['warning'])
    expect(await results('primary.views', {primaryViews: []})).toEqual(['ok'])
  })
})

describe('the secondary here', () => {
  const localSettings = (values: Record<string, string>) => new Map(Object.entries(values))
  const server = (version: string) => ({version, apiUrl: 'http://[::1]:8081'})

  it('must be one, under either name of that', async () => {
    const judge = (values: Record<string, string>) =>
      results('secondary.enabled', {localSettings: localSettings(values)})
    expect(await judge({secondary: 'yes'})).toEqual(['ok'])
    expect(await judge({slave: 'yes'})).toEqual(['ok'])
    expect(await judge({secondary: 'no', slave: 'no'})).toEqual(['problem'])
  })

  it('needs a switch for LUA records from 5.1 on', async () => {
    const judge = (version: string, value: string) =>
      results('secondary.lua-updates', {
        localServer: server(version),
        localSettings: localSettings({'enable-lua-record-updates': value}),
      })
    expect(await judge('5.0.4', 'no')).toEqual(['ok'])
    expect(await judge('5.1.0', 'no')).toEqual(['warning'])
    expect(await judge('5.1.0', 'yes')).toEqual(['ok'])
  })

  it('takes transfers as large as the largest zone', async () => {
    const judge = (megabytes: number, limit = '100') =>
      results('secondary.transfer-size', {
        localSettings: localSettings({'xfr-max-received-mbytes': limit}),
        storedZones: [5, megabytes, 1].map((mb) => ({
          zone: zoneName('a.test'),
          records: 1,
          bytes: mb * 2 ** 20,
        })),
      })
    expect(await judge(50)).toEqual(['ok'])
    expect(await judge(90)).toEqual(['warning'])
    expect(await judge(101)).toEqual(['problem'])
    expect(await judge(101, '0')).toEqual(['ok'])
  })
})
