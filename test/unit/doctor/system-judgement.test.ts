import {describe, expect, it} from 'vitest'
import {checks, checksFor} from '../../../src/lib/doctor/checks.js'
import {examine, factsAtHand} from '../../../src/lib/doctor/examine.js'
import type {DaemonFact, Facts, PortFact} from '../../../src/lib/doctor/facts.js'

async function found(id: string, facts: Partial<Facts>) {
  const some = checks.filter((check) => check.id === id)
  return (await examine(some, factsAtHand(facts))).checks.map(({result, about}) => [result, about])
}

const daemon: DaemonFact = {
  daemon: 'zone-provider',
  host: 'a',
  pid: 1,
  pdist: '1.0.0',
  ready: true,
  missing: [],
  leads: true,
  clockAheadMs: 0,
}
const all: readonly DaemonFact[] = [
  daemon,
  {...daemon, daemon: 'api-proxy', leads: false},
  {...daemon, daemon: 'health-checker'},
  {...daemon, daemon: 'syncer', secondary: 'ns1', host: 'b', leads: false},
]

describe('daemons', () => {
  it('are fine when there is one of each', async () => {
    const facts = {daemons: all, pdist: {version: '1.0.0'}, brokerClock: {aheadMs: 0, uncertainMs: 5}}
    for (const id of ['running', 'ready', 'leader', 'versions', 'clocks', 'names']) {
      expect(await found(`daemons.${id}`, facts)).toEqual([['ok', undefined]])
    }
  })

  it('are missed', async () => {
    expect(await found('daemons.running', {daemons: []})).toEqual([
      ['problem', 'zone-provider'],
      ['warning', 'api-proxy'],
      ['warning', 'health-checker'],
      ['problem', 'syncer'],
    ])
  })

  it('are to be ready, led, of one version, and to have names of their own', async () => {
    const daemons = all.map((one) => ({...one, leads: false, ready: one.daemon !== 'syncer'}))
    expect(await found('daemons.ready', {daemons})).toEqual([['warning', 'syncer ns1 on b']])
    expect(await found('daemons.leader', {daemons})).toEqual([
      ['warning', 'zone-provider'],
      ['warning', 'health-checker'],
    ])
    expect(await found('daemons.versions', {daemons, pdist: {version: '1.0.1'}})).toEqual([
      ['warning', undefined],
    ])
    const twins = [...daemons, {...daemon, daemon: 'syncer', secondary: 'ns1', host: 'c'}] as const
    expect(await found('daemons.names', {daemons: twins})).toEqual([['warning', 'ns1']])
  })

  it('are judged by the clock of the broker, not by ours', async () => {
    const daemons = all.map((one) => ({...one, clockAheadMs: one.host === 'b' ? 0 : 10_000}))
    const brokerClock = {aheadMs: 10_000, uncertainMs: 5}
    expect(await found('daemons.clocks', {daemons, brokerClock})).toEqual([['warning', 'syncer ns1 on b']])
  })
})

describe('heartbeats', () => {
  const heartbeat = {secondary: 'ns1', state: 'ok', powerdns: '4.9.1', warnings: [], problemCount: 0} as const
  const heartbeatTimes = {everyMs: 10_000, inactiveAfterMs: 30_000}

  it.each([
    [19_000, 'ok'],
    [25_000, 'warning'],
    [31_000, 'problem'],
  ])('%d ms old are %s', async (ageMs, result) => {
    const heartbeats = [{...heartbeat, ageMs}]
    expect(await found('secondaries.heartbeat', {heartbeats, heartbeatTimes})).toEqual([[result, 'ns1']])
  })

  it('must be there, and of a PowerDNS that is new enough', async () => {
    expect(await found('secondaries.heartbeat', {heartbeats: [], heartbeatTimes})).toEqual([
      ['problem', undefined],
    ])
    const heartbeats = [
      {...heartbeat, ageMs: 0},
      {...heartbeat, ageMs: 0, secondary: 'ns2', powerdns: '4.6.3'},
    ]
    expect(await found('secondaries.powerdns', {heartbeats})).toEqual([['problem', 'ns2']])
  })
})

describe('ports', () => {
  const port: PortFact = {
    key: 'api_proxy.listen',
    daemon: 'api-proxy',
    address: '[::]:8443',
    given: true,
    runsHere: true,
    state: 'answers',
  }

  it.each<[object, string]>([
    [{}, 'ok'],
    [{runsHere: false}, 'problem'],
    [{runsHere: undefined}, 'ok'],
    [{runsHere: undefined, state: 'free'}, 'ok'],
    [{state: 'free'}, 'warning'],
    [{state: 'free', runsHere: false}, 'ok'],
    [{state: 'cannot be listened to', reason: 'EADDRNOTAVAIL', runsHere: false}, 'problem'],
  ])('%o are %s', async (some, result) => {
    expect(await found('ports.listen', {ports: [{...port, ...some}]})).toEqual([[result, 'api_proxy.listen']])
  })

  it('of a default say nothing of a daemon that runs, maybe with another file', async () => {
    const ports = [{...port, given: false, state: 'free'}] as const
    expect(await found('ports.listen', {ports})).toEqual([['ok', undefined]])
  })
})

describe('a probe', () => {
  it('is fine when everybody proved it', async () => {
    const row = {secondary: 'ns1', state: 'served', ms: 12}
    const probe = {
      zone: 'a.test.',
      provision: 'unchanged',
      secondaries: [row, {...row, secondary: 'ns2', state: 'waiting'}],
    }
    expect(await found('probe.provided', {probe})).toEqual([['ok', undefined]])
    expect(await found('probe.served', {probe})).toEqual([
      ['ok', 'ns1'],
      ['problem', 'ns2'],
    ])
  })

  it.each(['none', 'absent'])('with the provision %s is a problem', async (provision) => {
    const secondaries = [{secondary: 'ns1', state: 'waiting' as const}]
    const probe = {zone: 'a.test.', provision, secondaries}
    expect(await found('probe.provided', {probe})).toEqual([['problem', undefined]])
    expect(await found('probe.served', {probe})).toEqual([])
  })
})

describe('the table of checks', () => {
  it('has each id once', () => {
    const ids = checks.map(({id}) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('fits the machine', () => {
    const ids = (...roles: Parameters<typeof checksFor>[0]) =>
      checksFor(roles, {probe: false}).map(({id}) => id)
    expect(ids('secondary').filter((id) => /^(primary|daemons|streams|probe)\./.test(id))).toEqual([])
    expect(ids('primary')).toEqual(
      expect.arrayContaining(['primary.axfr', 'daemons.running', 'ports.listen']),
    )
    expect(checksFor(['operator'], {probe: true}).map(({id}) => id)).toContain('probe.served')
  })
})
