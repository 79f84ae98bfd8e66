import {describe, expect, it} from 'vitest'
import {assessHealth, type HealthFacts, type Known} from '../../../../src/lib/sync/watch/health.js'
import {DEFAULT_LIMITS} from '../../../../src/lib/sync/watch/judgement.js'
import type {Needed} from '../../../../src/lib/zone/outage.js'
import {DAEMONS, daemon, heartbeat, stream} from '../../../support/live.js'

function facts(fields: Partial<HealthFacts> = {}, known: Partial<Known> = {}): HealthFacts {
  const {signatures: _, ...beat} = heartbeat('ns1')
  return {
    broker: {server: '127.0.0.1:4222', version: '2.9.10', streams: [stream('pdist-events')]},
    zones: {present: 2, deleted: 0},
    events: {waiting: 3, inFlight: 0},
    convergence: {seconds: 300, proofs: 1, p50Ms: 20, p99Ms: 900},
    ...{plans: [], daemons: DAEMONS, secondaries: [{...beat, active: true, ageMs: 100, ...known}]},
    ...fields,
  }
}

/** The state, and what each reason begins with. */
function judged(given: HealthFacts, limits = DEFAULT_LIMITS) {
  const {state, reasons} = assessHealth(given, limits)
  return [state, ...reasons.map((reason) => reason.slice(0, reason.search(/[,:(]/)).trim())]
}

describe('the judgement', () => {
  it('is ok where all is well', () => {
    expect(judged(facts())).toEqual(['ok'])
  })

  it('warns of a lag, and is critical of a long one, by the limits that are given', () => {
    expect(judged(facts({}, {lag: 9.9}))).toEqual(['ok'])
    expect(judged(facts({}, {lag: 10}))).toEqual(['warning', 'ns1 is 10 s behind with 0 zones'])
    expect(judged(facts({}, {lag: 60}))[0]).toBe('critical')
    expect(judged(facts({}, {lag: 60}), {...DEFAULT_LIMITS, lagCritical: 100})[0]).toBe('warning')
    expect(judged(facts({}, {lag: 60, active: false}))).toEqual(['critical', 'ns1 is silent for 0 s'])
  })

  it('looks at how long proofs take only where that is limited', () => {
    const slow = 'one proof in a hundred takes 900 ms'
    expect(judged(facts(), {...DEFAULT_LIMITS, p99Warning: 500})).toEqual(['warning', slow])
    expect(judged(facts(), {...DEFAULT_LIMITS, p99Critical: 900})).toEqual(['critical', slow])
    expect(judged(facts(), {...DEFAULT_LIMITS, p99Warning: 901})).toEqual(['ok'])
  })

  it('is critical without a zone-provider, and warns where another daemon is missing', () => {
    expect(judged(facts({daemons: []}))).toEqual([
      'critical',
      'no zone-provider answers',
      'no api-proxy answers',
      'no health-checker answers',
    ])
    expect(assessHealth(facts({daemons: []})).reasons[0]).toContain('(3 events wait)')
    expect(judged(facts({daemons: DAEMONS.slice(1)}))).toEqual(['warning', 'no api-proxy answers'])
  })

  it('warns of a daemon that is not ready, and of a clock that is off', () => {
    const waiting = daemon('syncer', {secondary: 'ns1', host: 'h', ready: false, missing: ['powerdns']})
    expect(assessHealth(facts({daemons: [...DAEMONS, waiting]})).reasons).toEqual([
      'syncer ns1 on h is not ready, it waits for powerdns',
    ])
    for (const [clockAheadMs, words] of [
      [6000, '6 s ahead of'],
      [-7000, '7 s behind'],
    ] as const) {
      const off = daemon('syncer', {secondary: 'ns1', host: 'h', clockAheadMs})
      expect(assessHealth(facts({daemons: [...DAEMONS, off]})).reasons).toEqual([
        `the clock of syncer ns1 on h is ${words} this machine's: set both by NTP`,
      ])
    }
  })

  it('is critical where a PowerDNS answers no queries, says once what is out, and what to do', () => {
    const outage = (of: Needed) => ({
      of,
      since: 1,
      code: 'PDIST_X',
      message: 'nothing came',
      hints: ['Look there'],
    })
    const dns = 'PowerDNS answers no DNS queries: nothing came'
    const api = "PowerDNS's API cannot be used, so no change can be applied: nothing came"
    const survey = 'what PowerDNS has cannot be looked at: nothing came'
    const told = (known: Partial<Known>) => {
      const {state, reasons} = assessHealth(facts({}, {state: 'warning', ...known}))
      return [state, ...reasons]
    }
    const silent = {outages: [outage('DNS'), outage('API')], warnings: [dns, api, 'and more']}
    expect(told(silent)).toEqual([
      'critical',
      `ns1: ${dns}. Look there`,
      `ns1: ${api}. Look there`,
      'ns1: and more',
    ])
    expect(told({outages: [outage('survey')], warnings: [survey]})).toEqual([
      'warning',
      `ns1: ${survey}. Look there`,
    ])
    // Somebody works on it, or nobody knows any more.
    const paused = {since: 1, by: 'me'}
    expect(told({...silent, active: false, paused})[0]).toBe('warning')
    expect(told({...silent, active: false})).toEqual(['critical', expect.stringContaining('is silent')])
  })

  it("tells what is wrong with the broker's streams", () => {
    const missing = stream('pdist-zones', {state: 'missing'})
    const degraded = stream('pdist-events', {state: 'degraded', replicas: {wanted: 3, current: 2}})
    const broker = {server: 's', version: 'v', streams: [degraded, missing]}
    expect(assessHealth(facts({broker})).reasons).toEqual([
      'the broker has no stream pdist-zones: run `pdist broker setup`',
      'only 2 of 3 replicas of pdist-events are current: look at the other NATS servers',
    ])
  })

  it('of signatures is critical once they have ended', () => {
    expect(judged(facts({}, {signatures: {ending: 2, ended: 0}}))).toEqual(['ok'])
    expect(judged(facts({}, {signatures: {ending: 2, ended: 1}}))[0]).toBe('critical')
  })
})
