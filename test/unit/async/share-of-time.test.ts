import {expect, it} from 'vitest'
import {ShareOfTime} from '../../../src/lib/async/share-of-time.js'

it('is used up by what takes more than its share, and comes back with the time', () => {
  const time = new ShareOfTime({share: 0.25, burstMs: 50, mostOwedMs: 1000})
  expect(time.isLeft(0)).toBe(true)
  time.spent(50, 1000)
  expect(time.isLeft(1000)).toBe(true)
  time.spent(10, 1000)
  expect([time.isLeft(1039), time.isLeft(1040)]).toEqual([false, true])
})

it('lasts for ever where no more than the share is taken, and is not saved up', () => {
  const time = new ShareOfTime({share: 0.5, burstMs: 10, mostOwedMs: 1000})
  for (let now = 0; now < 10_000; now += 20) {
    expect(time.isLeft(now)).toBe(true)
    time.spent(10, now)
  }
  time.spent(11, 1_000_000)
  expect(time.isLeft(1_000_000)).toBe(false)
})

it('comes back soon, however much was spent at once', () => {
  const time = new ShareOfTime({share: 0.25, burstMs: 50, mostOwedMs: 250})
  for (let i = 0; i < 1000; i += 1) time.spent(5000, 0)
  expect([time.isLeft(799), time.isLeft(800)]).toEqual([false, true])
})
