import {renderToString} from 'ink'
import {describe, expect, it} from 'vitest'
import type {LiveModel} from '../../../../src/lib/sync/watch/live.js'
import {type Asked, Screen, screenLines} from '../../../../src/lib/ui/health/screen.js'
import {INITIAL, type UiState} from '../../../../src/lib/ui/health/state.js'
import type {HeldPlan} from '../../../../src/lib/zone/plan.js'
import {heartbeat, liveModel, NOW} from '../../../support/live.js'
import {stored, versionOf} from '../../../support/versions.js'

interface Look {
  columns?: number
  rows?: number
  ui?: Partial<UiState>
  asked?: Asked
  now?: number
}

/** The lines of the screen as a terminal without colors has them. */
function shown(
  model: LiveModel,
  {columns = 80, rows = 24, ui = {}, asked = {}, now = NOW}: Look = {},
): string[] {
  const props = {view: model.view(now), ui: {...INITIAL, ...ui}, asked, columns, rows, color: false}
  return renderToString(<Screen {...props} />, {columns}).split('\n')
}

const SIZES = [
  [80, 24],
  [200, 60],
  [60, 15],
] as const

describe.each([0, 2, 100])('with %d secondaries', (secondaries) => {
  it.each(SIZES)('at %dx%d the screen is filled and never left', (columns, rows) => {
    const model = liveModel({secondaries, zones: 5000, changes: 300})
    for (const list of ['secondaries', 'zones'] as const) {
      const view = {view: model.view(NOW), ui: {...INITIAL, list}, asked: {}}
      const small = columns < 80
      expect(screenLines({...view, columns, rows}).length).toBe(small ? 4 - (secondaries > 0 ? 1 : 0) : rows)
      const lines = shown(model, {columns, rows, ui: {list}})
      expect(lines.length).toBeLessThanOrEqual(rows)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
  })
})

it('shows all at one glance at 80x24', () => {
  const lines = shown(liveModel({secondaries: 2, zones: 3, changes: 1}))
  expect(lines[0]).toMatch(/^ OK {3}2 of 2 secondaries active {2}3 zones {2}1 in flight +\d\d:\d\d:\d\d$/)
  expect(lines.slice(1, 8)).toEqual([
    '[Secondaries 2]  Zones 3',
    '  SECONDARYv  STATE  LAG  PENDING  ZONES  HEARTBEAT  LOAD  STORE  POWERDNS',
    '> ns1         ok       0        0      3        2 s  0.25      -  4.7.3',
    '  ns2         ok       0        0      3        2 s  0.25      -  4.7.3',
    '',
    'Convergence  last 5 minutes: p50 50 ms  p99 50 ms  1 proof',
    expect.stringMatching(/^ 100 ms \|.*[▁▂▃▄▅▆▇█]$/),
  ])
  expect(lines.slice(11, 13)).toEqual([
    'Changes  1 in flight',
    '  ██████████░░░░░░░░░░     1/2  500 ms  zone0.test.  modified by test',
  ])
  expect(lines.slice(-3)).toEqual([
    'Broker   127.0.0.1:4222 (2.10.27)  0 events waiting, 0 in hand  1 streams ok, 2…',
    'Daemons  api-proxy  health-checker  zone-provider',
    '↑↓ select  Enter open  Tab list  / filter  s r sort  R resync  ? help  q quit',
  ])
})

it('shows more where there is more room', () => {
  const lines = shown(liveModel({secondaries: 2, zones: 3}), {columns: 200, rows: 60})
  expect(lines[2]).toMatch(/MEM FREE +DISK FREE +POWERDNS +PDIST +NODE$/)
  expect(lines.at(-2)).toMatch(/^ {2}zone-provider +primary\.test {2}pdist 0\.1\.0 {2}ready$/)
})

it('says that a smaller terminal is too small, and how it stands', () => {
  const lines = shown(liveModel({secondaries: 0, zones: 0}), {columns: 60, rows: 15})
  expect(lines[0]).toMatch(/^ CRITICAL /)
  expect(lines[1]).toBe('The terminal has 60x15; this view needs 80x24.')
  expect(lines[3]).toMatch(/^! no secondary has ever sent a heartbeat/)
})

it('tells reasons, held plans and signatures that end', () => {
  const model = liveModel({secondaries: 30, zones: 3})
  const plan: HeldPlan = {
    ...{id: '0123456789', scope: {kind: 'store'}, kind: 'deletions', reason: 'would\u001b[2J delete'},
    ...{at: 1, count: 0, changes: [], status: 'held'},
  }
  model.told({plans: [plan]})
  model.heard(heartbeat('ns7', {state: 'warning', warnings: ['load per core is 3.0, over 2']}), 0, NOW)
  model.zones.onState(stored(versionOf('signed.test', {expires: NOW / 1000 + 7200}), 5))
  const text = shown(model, {now: NOW + 6000}).join('\n')
  expect(text).toContain('! plan 0123456789 is held: would [2J delete')
  expect(text).toContain('! ns7: load per core')
  expect(text).toContain('Plan held   0123456789  would [2J delete')
  expect(text).toContain('Signatures  0 ended, 1 about to end: signed.test. in 2 h')
})

it('says that the broker is away, since when, and what was known last', () => {
  const model = liveModel({secondaries: 2, zones: 3})
  model.away(NOW + 5000, {lastAt: NOW})
  const lines = shown(model, {now: NOW + 12_000})
  expect(lines[0]).toMatch(/^ UNKNOWN {3}2 of 2 secondaries/)
  expect(lines[1]).toMatch(/^! broker away since 12 s, last state from \d\d:\d\d:\d\d$/)
  expect(lines.join('\n')).toContain('> ns1         ok')
  const page = shown(model, {now: NOW + 12_000, ui: {page: {kind: 'help'}}})
  expect(page[1]).toMatch(/^! broker away/)
})

it('sorts, filters, and keeps the selected row in sight', () => {
  const model = liveModel({secondaries: 100, zones: 3})
  model.heard(heartbeat('ns42', {lag: 5}), 0, NOW)
  expect(shown(model, {ui: {sort: 2}})[3]).toMatch(/^> ns42 +ok +5\.0 s/)
  expect(shown(model, {ui: {sort: 0, reverse: true}})[3]).toMatch(/^> ns100 /)
  const selected = {secondaries: 'ns77', zones: undefined}
  expect(shown(model, {ui: {selected}}).filter((line) => line.startsWith('> '))).toEqual([
    expect.stringMatching(/^> ns77 /),
  ])
  const filtered = shown(model, {ui: {filter: 'ns9', typing: true}})
  expect(filtered[1]).toContain('filter: ns9_')
  expect(filtered.filter((line) => /^[> ] ns/.test(line)).every((line) => line.includes('ns9'))).toBe(true)
  expect(shown(model, {ui: {filter: 'nobody'}})[2]).toBe('  none like that')
})

it('opens a secondary with its problems and what to do', () => {
  const model = liveModel({secondaries: 1, zones: 3})
  const problem = {
    ...{zone: 'a.test.' as never, code: 'PDIST_FOREIGN_ZONE', message: 'not ours', since: NOW - 60_000},
    hints: ['Delete one of the two'],
  }
  model.heard(heartbeat('ns1', {state: 'warning', problems: [problem], problemCount: 3}), 0, NOW)
  const text = shown(model, {ui: {page: {kind: 'secondary', secondary: 'ns1'}}}).join('\n')
  expect(text).toContain('ns1  warning')
  expect(text).toContain('Problems (3)')
  expect(text).toContain('  a.test.  PDIST_FOREIGN_ZONE: not ours')
  expect(text).toContain('    -> Delete one of the two')
  expect(text).toContain('  +2 more')
})

it('opens a zone with what is served and what happened', () => {
  const model = liveModel({secondaries: 1, zones: 3})
  const page = {kind: 'zone', zone: 'zone0.test.'} as const
  expect(shown(model, {ui: {page}}).join('\n')).toContain('asking every secondary…')
  const secondaries = [{secondary: 'ns1', state: 'current', serial: 1, lag: 0}]
  const report = {stored: stored(versionOf('zone0.test'), 1), fingerprint: '1', secondaries}
  const zone = {name: 'zone0.test.', facts: {report, history: []}}
  expect(shown(model, {ui: {page}, asked: {zone}}).join('\n')).toMatch(/ns1 +current +1 +0\.0 s/)
  const error = {code: 'PDIST_X', message: 'no answer', hints: []}
  expect(shown(model, {ui: {page}, asked: {zone: {...zone, error}}})[2]).toBe('! no answer (PDIST_X)')
})

it('asks before a resync, and tells how it goes', () => {
  const model = liveModel({secondaries: 1, zones: 3})
  expect(shown(model, {ui: {asking: 'ns1'}}).at(-1)).toBe(
    'Compare ns1 with the store, and put right what differs? y/n',
  )
  expect(shown(model, {asked: {notice: 'resync of ns1: 3 zones differ…'}}).at(-1)).toMatch(/3 zones differ/)
})

it('writes colors only where they are wanted', () => {
  const props = {view: liveModel({secondaries: 2, zones: 3}).view(NOW), ui: INITIAL, asked: {}}
  const text = renderToString(<Screen {...props} columns={80} rows={24} color={false} />, {columns: 80})
  expect(text).not.toContain('\u001b')
})
