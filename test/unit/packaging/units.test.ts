import {describe, expect, it} from 'vitest'
import {scriptsOf} from '../../../packaging/lib/role.js'
import {daemons, servicesOf, unitsOf} from '../../../packaging/lib/units.js'
import {roles} from '../../../src/lib/config/roles.js'

const units = new Map([...unitsOf('primary'), ...unitsOf('secondary')])
const services = [...units].filter(([name]) => name.endsWith('.service'))
const daemonServices = services.filter(([name]) => !name.includes('@'))

/** What nothing of pdist needs, and nothing of pdist may have. */
const SANDBOX = [
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'LimitCORE=0',
  'PrivateTmp=yes',
  'ProtectHome=yes',
  'ProtectSystem=strict',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  'LoadCredential=pdist:/etc/pdist/credentials',
  'User=pdist',
  'UMask=0077',
]

it('there is a unit for each daemon, and a target for each role', () => {
  expect(daemons.map(({name}) => name).sort()).toEqual([...roles].sort())
  expect([...units.keys()].sort()).toEqual([
    'pdist-api-proxy.service',
    'pdist-health-checker.service',
    'pdist-primary.target',
    'pdist-resync@.service',
    'pdist-resync@.timer',
    'pdist-secondary.target',
    'pdist-syncer.service',
    'pdist-zone-provider.service',
  ])
})

it('all give way to PowerDNS, but for the one whose answers clients wait for', () => {
  const niceness = daemonServices.map(([name, text]) => [name, /^Nice=(.*)$/m.exec(text)?.[1]])
  expect(Object.fromEntries(niceness)).toEqual({
    'pdist-api-proxy.service': '0',
    'pdist-health-checker.service': '5',
    'pdist-syncer.service': '5',
    'pdist-zone-provider.service': '5',
  })
})

it.each([...units])('%s has no placeholder left, and no setting twice but by intent', (_, text) => {
  expect(text).not.toMatch(/@[A-Z_]+@/)
  const settings = text.split('\n').flatMap((line) => /^([A-Za-z]+)=/.exec(line)?.[1] ?? [])
  const repeatable = new Set(['Environment', 'LoadCredential', 'SystemCallFilter'])
  const single = settings.filter((name) => !repeatable.has(name))
  expect(single).toEqual([...new Set(single)])
})

it.each(services)('%s runs with nothing that it does not need', (_, text) => {
  expect(text.split('\n')).toEqual(expect.arrayContaining(SANDBOX))
  // V8 could not run.
  expect(text).not.toMatch(/^MemoryDenyWriteExecute=/m)
})

describe.each(daemonServices)('%s', (name, text) => {
  const daemon = name.replace(/^pdist-(.*)\.service$/, '$1')
  const role = servicesOf('primary').includes(name) ? 'primary' : 'secondary'

  it('is told of readiness, watched, and started again whatever happens', () => {
    const wanted = [
      'Type=notify',
      'Restart=always',
      'StartLimitIntervalSec=0',
      'WatchdogSec=30s',
      'StateDirectory=pdist',
    ]
    expect(text.split('\n')).toEqual(expect.arrayContaining(wanted))
  })

  it('runs its daemon with the configuration of its role, as part of its target', () => {
    expect(text).toContain(`\nExecStart=/usr/lib/pdist/bin/daemon ${daemon} --config %d/${role}.toml\n`)
    expect(text).toContain(`\nLoadCredential=${role}.toml:/etc/pdist/${role}.toml\n`)
    expect(text).toContain(`\nPartOf=pdist-${role}.target\n`)
    expect(text).toContain(`\nWantedBy=pdist-${role}.target\n`)
  })
})

it('daemons of one machine do not share a port for metrics', () => {
  const ports = daemonServices.map(([, text]) => /METRICS_LISTEN=127\.0\.0\.1:(\d+)/.exec(text)?.[1])
  expect(new Set(ports).size).toBe(daemons.length)
})

it.each(['primary', 'secondary'] as const)('the scripts of %s stop at the first error', (role) => {
  for (const script of Object.values(scriptsOf(role))) {
    expect(script).toMatch(/^#!\/bin\/sh\nset -e\n/)
    expect(script).not.toMatch(/@[A-Z_]+@/)
  }
})
