import fc from 'fast-check'
import {expect, it} from 'vitest'
import {backoff} from '../../../src/lib/async/backoff.js'

function first(count: number, delays: Iterable<number>): number[] {
  const found: number[] = []
  for (const delay of delays) {
    found.push(delay)
    if (found.length === count) break
  }
  return found
}

it('doubles its delays up to the greatest', () => {
  expect(first(6, backoff({firstMs: 100, maxMs: 1000, jitter: 0}))).toEqual([100, 200, 400, 800, 1000, 1000])
})

it('takes a random share off, at most as much as it was told', () => {
  expect(first(2, backoff({firstMs: 100, maxMs: 1000, jitter: 0.3, random: () => 0.5}))).toEqual([85, 170])
  fc.assert(
    fc.property(fc.integer({min: 1, max: 1000}), fc.integer({min: 1, max: 60_000}), (firstMs, span) => {
      const maxMs = firstMs + span
      for (const delay of first(30, backoff({firstMs, maxMs}))) {
        expect(delay).toBeGreaterThanOrEqual(firstMs * 0.7)
        expect(delay).toBeLessThanOrEqual(maxMs)
      }
    }),
  )
})
