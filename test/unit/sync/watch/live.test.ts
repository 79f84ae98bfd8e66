import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {receipt} from '../../../support/happenings.js'
import {heartbeat, liveModel, NOW} from '../../../support/live.js'
import {stored, tombstoneOf, versionOf} from '../../../support/versions.js'

describe('the live model', () => {
  it('has a view of what it was told', () => {
    const model = liveModel({secondaries: 2, zones: 3, changes: 2})
    const {health, link, changes} = model.view(NOW)
    expect(link).toEqual({state: 'up'})
    expect(health).toMatchObject({state: 'ok', reasons: [], zones: {present: 3, deleted: 0}})
    expect(health?.convergence).toEqual({seconds: 300, proofs: 2, p50Ms: 49.7, p99Ms: 49.7})
    expect(changes).toMatchObject({inFlight: 2, rows: [{proved: 1, expected: 2}, {}]})
    model.happened(receipt('ns2', zoneName('zone0.test'), 1, NOW))
    expect(model.view(NOW).changes.inFlight).toBe(1)
  })

  it('knows nothing before all was told', () => {
    const model = liveModel({secondaries: 1, zones: 0})
    expect(model.view(NOW).health).toBeDefined()
    model.told({plans: undefined as never})
    expect(model.view(NOW).health).toBeUndefined()
  })

  it('finds silence with time, and waits for the silent no longer', () => {
    const model = liveModel({secondaries: 2, zones: 1, changes: 1})
    model.heard(heartbeat('ns1'), 0, NOW + 31_000)
    const {health, changes} = model.view(NOW + 31_000)
    expect(health).toMatchObject({state: 'critical', secondaries: [{state: 'ok'}, {state: 'inactive'}]})
    expect(changes.inFlight).toBe(0)
  })

  it('forgets who is forgotten', () => {
    const model = liveModel({secondaries: 2, zones: 1})
    model.compared('ns2', {at: 1, differences: 2})
    expect(model.view(NOW).health?.secondaries[1]).toMatchObject({compared: {differences: 2}})
    model.known(new Set(['ns1']))
    expect(model.view(NOW).health?.secondaries).toHaveLength(1)
    expect([...model.heartbeats.keys()]).toEqual(['ns1'])
  })

  it('keeps the last state while the broker is away, whatever time passes, and says since when', () => {
    const model = liveModel({secondaries: 2, zones: 1})
    const {health} = model.view(NOW)
    model.away(NOW + 5000, {lastAt: NOW + 1000})
    model.away(NOW + 60_000, {})
    const view = model.view(NOW + 60_000)
    expect(view.link).toEqual({state: 'away', since: NOW + 1000, lastAt: NOW + 1000})
    expect(view.health).toBe(health)
    model.connected({server: '127.0.0.1:4222', version: '2.10.27'})
    expect(model.view(NOW + 60_000).health).toMatchObject({state: 'critical'})
  })
})

describe('the list of zones', () => {
  it('keeps what was known while the store is read anew', () => {
    const {zones} = liveModel({secondaries: 1, zones: 3})
    zones.onState(stored(tombstoneOf('zone0.test'), 10))
    expect(zones.counts).toEqual({present: 2, deleted: 1})
    zones.onReset()
    zones.onState(stored(versionOf('new.test'), 11))
    expect(zones.complete).toBe(true)
    expect(zones.counts).toEqual({present: 2, deleted: 1})
    zones.onCaughtUp()
    expect(zones.counts).toEqual({present: 1, deleted: 0})
    zones.onUnreadable(zoneName('new.test'))
    expect(zones.counts).toEqual({present: 0, deleted: 0})
  })

  it('is ordered and filtered, and follows', () => {
    const {zones} = liveModel({secondaries: 1, zones: 12})
    expect(zones.matching('zone1')).toEqual(['zone1.test.', 'zone10.test.', 'zone11.test.'])
    zones.onState(stored(versionOf('zone1a.test'), 20))
    expect(zones.matching('zone1')).toContain('zone1a.test.')
    zones.onState(stored(tombstoneOf('zone1.test'), 21))
    expect(zones.matching('zone1')).toEqual(['zone10.test.', 'zone11.test.', 'zone1a.test.'])
    expect(zones.get(zoneName('zone10.test'))).toMatchObject({revision: 11, serial: 1})
  })

  it('tells whose signatures end', () => {
    const {zones} = liveModel({secondaries: 1, zones: 1})
    zones.onState(stored(versionOf('signed.test', {expires: NOW / 1000 + 60}), 5))
    expect(zones.signatures(NOW, 3600)).toMatchObject({expiring: 1, expired: 0, soonest: [{left: 60}]})
  })
})
