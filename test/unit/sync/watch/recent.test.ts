import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {ChangesInFlight} from '../../../../src/lib/sync/watch/changes.js'
import {RecentChanges} from '../../../../src/lib/sync/watch/recent-changes.js'
import {SlidingPercentiles} from '../../../../src/lib/sync/watch/sliding-percentiles.js'
import {event, provision, receipt} from '../../../support/happenings.js'

const A = zoneName('a.test')

describe('percentiles over a sliding window', () => {
  const options = {windowMs: 60_000, parts: 6}

  it('are right within a percent, and undefined without anything', () => {
    const sliding = new SlidingPercentiles(options)
    expect(sliding.summary(0)).toBeUndefined()
    for (let ms = 1; ms <= 1000; ms++) sliding.add(30_000, ms)
    const {count, p50, p99} = sliding.summary(30_000) ?? {count: 0, p50: 0, p99: 0}
    expect(count).toBe(1000)
    expect(Math.abs(p50 - 500)).toBeLessThan(6)
    expect(Math.abs(p99 - 990)).toBeLessThan(12)
  })

  it('take what is extreme', () => {
    const sliding = new SlidingPercentiles(options)
    for (const ms of [0, 1e12]) sliding.add(1, ms)
    expect(sliding.summary(1)).toMatchObject({count: 2, p50: expect.closeTo(0.1, 2)})
  })

  it('forget what is older than the window, and have a part for each time', () => {
    const sliding = new SlidingPercentiles(options)
    sliding.add(5_000, 10)
    sliding.add(55_000, 20)
    const series = sliding.series(59_999)
    expect(series.map((part) => part?.count)).toEqual([1, undefined, undefined, undefined, undefined, 1])
    expect(sliding.summary(60_000)?.count).toBe(1)
    expect(sliding.summary(200_000)).toBeUndefined()
  })
})

describe('changes in flight', () => {
  const both = new Set(['ns1', 'ns2'])

  function watched() {
    const proofs: Array<[time: number, ms: number]> = []
    const changes = new ChangesInFlight((time, ms) => proofs.push([time, ms]))
    changes.expect(both, 0)
    const rows = (now: number) => changes.view(now, {most: 10, fadeMs: 100})
    return {changes, proofs, rows}
  }

  it('are over when every secondary that is waited for proved them, and fade', () => {
    const {changes, proofs, rows} = watched()
    changes.take(event(A, 1, 1000))
    changes.take(provision(A, 1, 1010, 'stored'))
    changes.take(receipt('ns1', A, 1, 1020))
    expect(rows(1050)).toMatchObject([{zone: A, state: 'in flight', proved: 1, expected: 2, ms: 50}])
    changes.take(receipt('ns2', A, 1, 1060))
    expect(changes.count).toBe(0)
    expect(rows(1100)).toMatchObject([{state: 'done', proved: 2, ms: 60}])
    expect(rows(1200)).toEqual([])
    expect(proofs).toEqual([
      [1020, 20],
      [1060, 60],
    ])
  })

  it('count once however often they are told, and in whatever order', () => {
    const {changes, proofs, rows} = watched()
    const told = [receipt('ns1', A, 1, 1020), event(A, 1, 1000), receipt('ns2', A, 1, 1030)]
    for (const one of [...told, ...told]) changes.take(one)
    expect(proofs).toEqual([
      [1020, 20],
      [1030, 30],
    ])
    expect(changes.count).toBe(0)
    expect(rows(1031)).toMatchObject([{state: 'done', ms: 30}])
  })

  it('of one zone are one row, as old as what is not served everywhere, and each is a proof', () => {
    const {changes, proofs, rows} = watched()
    changes.take(event(A, 1, 1000))
    changes.take(event(A, 2, 1100))
    changes.take(event(A, 3, 1200))
    changes.take(receipt('ns1', A, 2, 1300))
    expect(rows(1300)).toMatchObject([{proved: 0, ms: 300}])
    changes.take(receipt('ns2', A, 1, 1300))
    expect(rows(1300)).toMatchObject([{proved: 0, ms: 200}])
    changes.take(receipt('ns1', A, 3, 1400))
    expect(rows(1400)).toMatchObject([{proved: 1}])
    expect(proofs.map(([, ms]) => ms)).toEqual([300, 200, 300, 200])
  })

  it('tell why they fail, until they do not', () => {
    const {changes, rows} = watched()
    changes.take(event(A, 1, 1000))
    changes.take(provision(A, 1, 1010, 'failed'))
    expect(rows(1010)).toMatchObject([{state: 'failed', because: 'no transfer'}])
    changes.take(provision(A, 1, 1020, 'stored'))
    changes.take(receipt('ns1', A, 1, 1030, 'failed'))
    expect(rows(1030)).toMatchObject([{state: 'failed', because: 'ns1: database is locked'}])
    changes.take(receipt('ns1', A, 1, 1040))
    expect(rows(1040)).toMatchObject([{state: 'in flight', proved: 1}])
  })

  it('wait for nobody who is silent, and not for a zone that nobody has', () => {
    const {changes} = watched()
    changes.take(event(A, 1, 1000))
    changes.take(receipt('ns1', A, 1, 1020))
    changes.expect(new Set(['ns1']), 2000)
    expect(changes.count).toBe(0)
    changes.take(event(zoneName('b.test'), 2, 3000))
    changes.take(provision(zoneName('b.test'), 2, 3010, 'absent'))
    expect(changes.count).toBe(0)
    changes.take(provision(zoneName('c.test'), 3, 3010, 'absent'))
    changes.take(event(zoneName('c.test'), 3, 3000))
    expect(changes.count).toBe(0)
  })

  it('are bounded, whatever comes', () => {
    const {changes, rows} = watched()
    for (let index = 0; index < 12_000; index++)
      changes.take(event(zoneName(`z${index}.test`), index + 1, index))
    expect(changes.count).toBe(10_000)
    expect(rows(12_000)).toHaveLength(10)
    changes.expect(new Set(['ns1']), 12_000)
    for (let index = 0; index < 12_000; index++)
      changes.take(receipt('ns1', zoneName(`z${index}.test`), 12_001, 12_000))
    changes.prune(12_000)
    expect(changes.count).toBe(0)
    changes.prune(1_000_000)
    expect(rows(12_000)).toEqual([])
  })
})

it('convergence is told of the last five minutes', () => {
  const recent = new RecentChanges()
  expect(recent.health(0)).toEqual({seconds: 300, proofs: 0})
  recent.take(event(A, 1, 1000))
  recent.take(receipt('ns1', A, 1, 1020))
  expect(recent.health(2000)).toEqual({seconds: 300, proofs: 1, p50Ms: 20, p99Ms: 20})
  expect(recent.series(2000).at(-1)?.count).toBe(1)
  expect(recent.health(302_600)).toEqual({seconds: 300, proofs: 0})
})
