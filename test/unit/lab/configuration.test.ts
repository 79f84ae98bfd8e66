import {beforeAll, describe, expect, test} from 'vitest'
import type {Binaries} from '../../../src/lib/lab/binaries.js'
import {daemonConfig, operatorConfig} from '../../../src/lib/lab/daemons.js'
import {endpointsOf} from '../../../src/lib/lab/endpoints.js'
import {natsConfig} from '../../../src/lib/lab/nats.js'
import {type LabPlan, planLab} from '../../../src/lib/lab/plan.js'
import {powerDnsConfig} from '../../../src/lib/lab/powerdns.js'

const binaries: Binaries = {
  natsServer: '/n',
  pdnsServer: '/p',
  pdnsModules: '/modules',
  sqliteSchema: '/schema',
  setpriv: undefined,
}

let plan: LabPlan
beforeAll(async () => {
  plan = await planLab({dir: '/lab', secondaries: 2, backend: 'gsqlite3', ipv6: false, cache: true})
})

describe('planLab', () => {
  test('plans one server per secondary and the four kinds of daemon', () => {
    expect(plan.secondaries.map(({name}) => name)).toEqual(['ns1', 'ns2'])
    expect(plan.daemons.map(({name, role}) => `${name} ${role}`)).toEqual([
      'api-proxy api-proxy',
      'zone-provider zone-provider',
      'syncer-ns1 syncer',
      'syncer-ns2 syncer',
      'health-checker health-checker',
    ])
  })

  test('no port and no key is given twice', () => {
    const servers = [plan.primary, ...plan.secondaries]
    const ports = [
      ...plan.brokers.flatMap(({port, clusterPort}) => [port, clusterPort]),
      plan.proxyPort,
      ...servers.flatMap(({apiPort, dnsPort}) => [apiPort, dnsPort]),
      ...plan.secondaries.map(({transferPort}) => transferPort),
      ...plan.daemons.map(({metricsPort}) => metricsPort),
    ]
    expect(new Set(ports).size).toBe(ports.length)
    expect(new Set(servers.map(({apiKey}) => apiKey)).size).toBe(servers.length)
  })
})

describe('powerDnsConfig', () => {
  test('keeps to the one loopback address, and to itself', () => {
    const ipv6 = {...plan, host: '::1'} as const
    for (const server of [ipv6.primary, ...ipv6.secondaries]) {
      const lines = linesOf(powerDnsConfig(ipv6, server, binaries))
      expect(lines).toEqual(
        expect.arrayContaining([
          'local-address=::1',
          'query-local-address=::1',
          'webserver-address=::1',
          'webserver-allow-from=::1',
          'security-poll-suffix=',
        ]),
      )
      expect(lines.join('\n')).not.toMatch(/127\.0\.0\.1|0\.0\.0\.0/)
    }
  })

  test('leaves the caches alone unless they are turned off', () => {
    expect(powerDnsConfig(plan, plan.primary, binaries)).not.toMatch(/cache/)
    const lines = linesOf(powerDnsConfig({...plan, cache: false}, plan.primary, binaries))
    expect(lines.filter((line) => /cache.*=0$/.test(line))).toHaveLength(6)
  })

  test('a primary is no secondary', () => {
    expect(powerDnsConfig(plan, plan.primary, binaries)).toMatch(/^primary=yes$/m)
    expect(powerDnsConfig(plan, plan.primary, binaries)).not.toMatch(/secondary=/)
    for (const secondary of plan.secondaries) {
      expect(powerDnsConfig(plan, secondary, binaries)).toMatch(/^secondary=yes$/m)
      expect(powerDnsConfig(plan, secondary, binaries)).not.toMatch(/primary=/)
    }
  })

  test('launches the backend that was asked for', () => {
    expect(powerDnsConfig(plan, plan.primary, binaries)).toMatch(/^launch=gsqlite3$/m)
    const lmdb = powerDnsConfig({...plan, backend: 'lmdb'}, plan.primary, binaries)
    expect(lmdb).toMatch(/^launch=lmdb$/m)
    expect(lmdb).not.toMatch(/sqlite/)
    const [ns1] = plan.secondaries
    if (!ns1) throw new Error('the plan has no secondary')
    expect(powerDnsConfig({...plan, backend: 'lmdb'}, ns1, binaries)).toMatch(/^launch=gsqlite3$/m)
    expect(powerDnsConfig({...plan, secondaryBackend: 'lmdb'}, ns1, binaries)).toMatch(/^launch=lmdb$/m)
  })
})

test('nats-server listens on the loopback address alone', () => {
  const [broker] = plan.brokers
  if (!broker) throw new Error('the plan has no broker')
  expect(linesOf(natsConfig({...plan, host: '::1'}, broker))).toContain(`listen: "[::1]:${broker.port}"`)
})

describe('the configuration of the daemons', () => {
  test('every one has its own state directory and metrics', () => {
    for (const part of ['state', 'metrics']) {
      const sections = plan.daemons.map((daemon) => section(daemonConfig(plan, daemon), part))
      expect(new Set(sections).size).toBe(plan.daemons.length)
    }
  })

  test('a syncer knows its own secondary, and not the primary', () => {
    const [ns1] = plan.secondaries
    const syncer = plan.daemons.find(({name}) => name === 'syncer-ns1')
    const text = syncer ? daemonConfig(plan, syncer) : ''
    expect(section(text, 'secondary')).toContain(`listen = ["127.0.0.1:${ns1?.transferPort}"]`)
    expect(section(text, 'secondary')).toContain(`api_key = "${ns1?.apiKey}"`)
    expect(text).not.toContain(plan.primary.apiKey)
  })

  test("the operator's commands need the broker and the primary", () => {
    expect(operatorConfig(plan)).toBe(
      [
        '[broker]',
        `servers = ["nats://127.0.0.1:${plan.brokers[0]?.port}"]`,
        '',
        '[primary]',
        `api_url = "http://127.0.0.1:${plan.primary.apiPort}"`,
        `api_key = "${plan.primary.apiKey}"`,
        `dns = "127.0.0.1:${plan.primary.dnsPort}"`,
        '',
      ].join('\n'),
    )
  })
})

test('the zone-provider listens where the primary notifies, if anywhere', async () => {
  const provider = ({daemons}: LabPlan) => daemons.filter(({role}) => role === 'zone-provider')
  expect(powerDnsConfig(plan, plan.primary, binaries)).not.toMatch(/also-notify/)
  for (const daemon of provider(plan)) expect(daemonConfig(plan, daemon)).not.toMatch(/notify/)
  const options = {dir: '/lab', secondaries: 1, backend: 'gsqlite3', ipv6: true, cache: true} as const
  const notified = await planLab({...options, notify: true})
  const address = `[::1]:${notified.notifyPort}`
  expect(linesOf(powerDnsConfig(notified, notified.primary, binaries))).toContain(`also-notify=${address}`)
  for (const daemon of provider(notified)) {
    expect(section(daemonConfig(notified, daemon), 'zone_provider')).toContain(
      `notify_listen = ["${address}"]`,
    )
  }
})

describe('endpointsOf', () => {
  test('has the fields that scripts rely on, and null for what is dead', () => {
    const endpoints = endpointsOf(plan, (part) => (part === 'ns2' ? undefined : 7), {daemons: true})
    expect(Object.keys(endpoints)).toEqual([
      'dir',
      'nats',
      'primary',
      'proxy',
      'secondaries',
      'daemons',
      'config',
    ])
    expect(endpoints.secondaries.map(({pid}) => pid)).toEqual([7, null])
    expect(Object.keys(endpoints.primary)).toEqual(['apiUrl', 'apiKey', 'dns', 'pid'])
    expect(Object.keys(endpoints.proxy)).toEqual(['url', 'apiKey', 'caFile'])
    expect(Object.keys(endpoints.daemons[0] ?? {})).toEqual([
      'name',
      'role',
      'pid',
      'metricsUrl',
      'configFile',
    ])
  })

  test('lists no daemon where none is started', () => {
    expect(endpointsOf(plan, () => 7, {daemons: false}).daemons).toEqual([])
  })
})

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n')
}

function section(toml: string, name: string): string {
  return toml.split(/^(?=\[)/m).find((part) => part.startsWith(`[${name}]`)) ?? ''
}
