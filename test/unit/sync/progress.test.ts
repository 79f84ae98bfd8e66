import {expect, it} from 'vitest'
import {ProgressMeter} from '../../../src/lib/sync/progress.js'

it('tells the rate, and how long the rest takes at it', () => {
  const meter = new ProgressMeter(1000)
  expect(meter.look(0, 100, 1000)).toEqual({done: 0, all: 100, perSecond: 0})
  expect(meter.look(20, 100, 3000)).toEqual({done: 20, all: 100, perSecond: 10, leftS: 8})
  expect(meter.look(100, 100, 5000)).toEqual({done: 100, all: 100, perSecond: 25, leftS: 0})
})

it('forgets what was long ago', () => {
  const meter = new ProgressMeter(0)
  for (let at = 0; at <= 60_000; at += 100) meter.look(1000, 3000, at)
  expect(meter.look(1000, 3000, 60_000)).toEqual({done: 1000, all: 3000, perSecond: 0})
  const {perSecond} = meter.look(2000, 3000, 65_000)
  expect(perSecond).toBeGreaterThan(60)
  expect(perSecond).toBeLessThanOrEqual(101)
})

it('knows no rate below zero: what is proved may have to be done again', () => {
  const meter = new ProgressMeter(0)
  meter.look(10, 10, 1000)
  meter.look(10, 10, 12_000)
  expect(meter.look(5, 10, 13_000)).toEqual({done: 5, all: 10, perSecond: 0})
})
