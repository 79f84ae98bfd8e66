import {expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {HealthSnapshot, SecondaryHealth} from '../../../src/lib/sync/watch/health.js'
import {renderHealth} from '../../../src/lib/ui/health-view.js'

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
    ...{state: 'ok', reasons: [], broker: {server: '127.0.0.1:4222', version: '2.9.10'}},
    ...{zones: {present: 2, deleted: 1}, events: {waiting: 3, inFlight: 4}, secondaries: [secondary]},
    plans: [],
    ...fields,
  }
}

/** Without colors, which depend on the terminal. */
function rendered(fields: Partial<HealthSnapshot> = {}): string[] {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
  return renderHealth(snapshot(fields), 160)
    .replace(escapes, '')
    .split('\n')
    .map((line) => line.trimEnd())
}

it('shows the whole system at one glance', () => {
  expect(rendered()).toEqual([
    'OK  2 zones, 1 tombstones  broker 127.0.0.1:4222 (2.9.10)  events waiting 3, in flight 4',
    'SECONDARY  STATE  ZONES  PENDING    LAG  LOAD  MEMORY  DISK  STORE  HEARTBEAT  POWERDNS  PDIST',
    'ns1        ok         2        0  0.0 s  0.26    33 %   5 %  equal      1.2 s  4.7.3     0.1.0',
  ])
  const {memory: _, disks: __, compared: ___, ...older} = secondary
  expect(rendered({secondaries: [older]})[2]).toMatch(/ 0\.26 {7}- {5}- {6}- {6}1\.2 s /)
  const other = {...secondary, compared: {at: 1, differences: 12}}
  expect(rendered({secondaries: [other]})[2]).toContain(' 12 differ ')
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
  expect(lines.slice(4)).toEqual([
    '! ns3 is silent for 45 s',
    '! ns2: load [2J',
    '! ns2: load [2J',
    '  ns2 a.test. PDIST_FOREIGN_ZONE: not ours',
  ])
})

it('needs no secondary', () => {
  expect(rendered({state: 'critical', secondaries: [], reasons: ['nobody']}).slice(1)).toEqual(['! nobody'])
})
