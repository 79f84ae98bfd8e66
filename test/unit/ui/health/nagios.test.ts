import {expect, it} from 'vitest'
import type {HealthSnapshot} from '../../../../src/lib/sync/watch/health.js'
import {DEFAULT_LIMITS} from '../../../../src/lib/sync/watch/judgement.js'
import {nagiosLine, nagiosUnknown} from '../../../../src/lib/ui/health/nagios.js'
import {liveModel, NOW} from '../../../support/live.js'

function snapshot(fields: Partial<HealthSnapshot> = {}): HealthSnapshot {
  const {health} = liveModel({secondaries: 2, zones: 3, changes: 1}).view(NOW)
  if (!health) throw new Error('the model has no health')
  return {...health, ...fields}
}

it('is one line with performance data that plugins understand', () => {
  expect(nagiosLine(snapshot(), {...DEFAULT_LIMITS, p99Warning: 500})).toBe(
    'PDIST OK - 2 secondaries serve 3 zones|secondaries=2;;;0 active=2;;;0;2 lag=0s;10;60;0 zones=3;;;0 pending=0;;;0 ' +
      'events=0;;;0 held=0;;;0 daemons=3;;;0 p50=49.7ms;;;0 p99=49.7ms;500;;0',
  )
})

it('tells reasons without what would break the line', () => {
  const reasons = ['a|b', 'c\nd', ...Array(5).fill('e')]
  const line = nagiosLine(snapshot({state: 'critical', reasons}), DEFAULT_LIMITS)
  expect(line).toMatch(/^PDIST CRITICAL - a\/b; c d; e; e; e; and 2 more\|/)
  expect(line.split('|')).toHaveLength(2)
  expect(line).not.toContain('\n')
})

it('says U for what is not known', () => {
  const line = nagiosLine(snapshot({convergence: {seconds: 300, proofs: 0}}), DEFAULT_LIMITS)
  expect(line).toContain('p50=U;;;0 p99=U;;;0')
  expect(nagiosUnknown({code: 'PDIST_X', message: 'a|b'})).toBe('PDIST UNKNOWN - a/b (PDIST_X)')
})
