import {expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {HealthSnapshot, SecondaryHealth} from '../../../src/lib/sync/watch/health.js'
import {renderHealth} from '../../../src/lib/ui/health-view.js'
import {DAEMONS} from '../../support/live.js'

const secondary: SecondaryHealth = {
  ...{secondary: 'ns1', state: 'ok', ageMs: 1234, zones: 2, pending: 0, lag: 0, load: 0.256},
  memory: {total: 1000, available: 333},
  disks: [{path: '/var/lib/pdist', total: 1000, free: 50}],
  compared: {at: 1, differences: 0},
  versions: {pdist: '0.1.0', powerdns: '4.7.3', node: 'v24'},
  ...{warnings: [], problems: [], problemCount: 0},
}

function snapshot(fields: Partial<HealthSnapshot>): HealthSnapshot {
  return {
    ...{state: 'ok', reasons: [], broker: {server: '127.0.0.1:4222', version: '2.9.10', streams: []}},
    ...{zones: {present: 2, deleted: 1}, events: {waiting: 3, inFlight: 4}, secondaries: [secondary]},
    ...{plans: [], daemons: DAEMONS, convergence: {seconds: 300, proofs: 4, p50Ms: 14.2, p99Ms: 1200}},
    ...fields,
  }
}

function rendered(fields: Partial<HealthSnapshot> = {}): string[] {
  return renderHealth(snapshot(fields), {color: false})
    .split('\n')
    .map((line) => line.trimEnd())
}

it('shows the whole system at one glance', () => {
  expect(rendered()).toEqual([
    'OK  2 zones, 1 tombstones  broker 127.0.0.1:4222 (2.9.10)  events waiting 3, in flight 4',
    'last 5 minutes: p50 14 ms, p99 1.2 s, 4 proofs',
    'daemons: api-proxy, health-checker (leads), zone-provider',
    'SECONDARY  STATE  ZONES  PENDING    LAG  LOAD  MEM FREE  DISK FREE  STORE  HEARTBEAT  POWERDNS  PDIST',
    'ns1        ok         2        0  0.0 s  0.26      33 %        5 %  equal      1.2 s  4.7.3     0.1.0',
  ])
  const {memory: _, disks: __, compared: ___, ...older} = secondary
  expect(rendered({secondaries: [older]})[4]).toMatch(/ 0\.26 {9}- {10}- {6}- {6}1\.2 s /)
  const other = {...secondary, compared: {at: 1, differences: 12}}
  expect(rendered({secondaries: [other]})[4]).toContain(' 12 differ ')
})

it('tells what is wrong, the worst first, each on its line', () => {
  const problem = {
    zone: zoneName('a.test'),
    code: 'PDIST_FOREIGN_ZONE',
    message: 'not\nours',
    hints: [],
    since: 0,
  }
  const warned: SecondaryHealth = {
    ...secondary,
    secondary: 'ns2',
    state: 'warning',
    problems: [problem],
    problemCount: 1,
  }
  const reasons = ['ns3 is silent for 45 s', 'ns2: load\u001b[2J', 'ns2: load\u001b[2J']
  const lines = rendered({state: 'critical', reasons, secondaries: [secondary, warned]})
  expect(lines[0]).toMatch(/^CRITICAL {2}/)
  expect(lines.slice(6)).toEqual([
    '! ns3 is silent for 45 s',
    '! ns2: load [2J',
    '! ns2: load [2J',
    '  ns2 a.test. PDIST_FOREIGN_ZONE: not ours',
  ])
})

it('needs neither secondaries nor daemons nor changes', () => {
  const convergence = {seconds: 300, proofs: 0}
  const lines = rendered({state: 'critical', secondaries: [], daemons: [], convergence, reasons: ['nobody']})
  expect(lines.slice(1)).toEqual(['no change within the last 5 minutes', 'daemons: none answers', '! nobody'])
})

it('is cut off where the terminal ends, and whole where there is none', () => {
  const reasons = ['x'.repeat(300)]
  expect(rendered({reasons}).at(-1)).toBe(`! ${reasons[0]}`)
  const narrow = renderHealth(snapshot({reasons}), {columns: 80, color: false}).split('\n')
  expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(80)
})
