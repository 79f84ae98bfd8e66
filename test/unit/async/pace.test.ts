import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {pace} from '../../../src/lib/async/pace.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Paces over these items, each visit taking so long and ending so; `visits` has them with their times. */
function paced(items: string[], {takesMs = 0, outcome = 'done' as 'done' | 'failed', everyMs = 1000} = {}) {
  const stop = new AbortController()
  const visits: Array<{item: string; at: number}> = []
  const visit = async (item: string) => {
    visits.push({item, at: performance.now()})
    if (takesMs > 0) await vi.advanceTimersByTimeAsync(takesMs)
    return outcome
  }
  const over = pace({items: () => items, visit, everyMs, signal: stop.signal})
  return {visits, stop: () => stop.abort(), over}
}

it('visits all in turn, spread over the time of a round', async () => {
  const {visits, stop, over} = paced(['a', 'b', 'c', 'd'])
  await vi.advanceTimersByTimeAsync(4500)
  const items = visits.map(({item}) => item).join('')
  expect('abcd'.repeat(6).startsWith(items)).toBe(true)
  expect(visits.length).toBeGreaterThanOrEqual(15)
  expect(visits.length).toBeLessThanOrEqual(22)
  stop()
  await over
  expect(vi.getTimerCount()).toBe(0)
})

it('rests nineteen times as long as it worked', async () => {
  const {visits, stop, over} = paced(['a', 'b'], {takesMs: 500})
  await vi.advanceTimersByTimeAsync(60_000)
  const [first, second] = visits
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(500 * 18)
  stop()
  await over
})

it('does not rest after what failed, however long it was waited for', async () => {
  const {visits, stop, over} = paced(['a'], {takesMs: 10_000, outcome: 'failed'})
  await vi.advanceTimersByTimeAsync(13_000)
  expect(visits).toHaveLength(2)
  stop()
  await over
})

it('waits where there is nothing to visit', async () => {
  const {visits, stop, over} = paced([])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(visits).toEqual([])
  stop()
  await over
})
