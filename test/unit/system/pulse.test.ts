import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {Pulse} from '../../../src/lib/system/pulse.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('takes who is frozen for away after some seconds, asks him once, and notices when he is back', async () => {
  const stop = new AbortController()
  const heard: Array<string | number> = []
  const beats: Array<() => void> = []
  let frozen = false
  const pulse = new Pulse({
    beat: () => (frozen ? new Promise((resolve) => beats.push(resolve)) : Promise.resolve()),
    isConnected: () => true,
    onUp: () => heard.push('up'),
    onAway: (silentMs) => heard.push(silentMs),
  })
  const running = pulse.run(stop.signal)
  await vi.advanceTimersByTimeAsync(10)
  expect(heard).toEqual(['up'])
  frozen = true
  await vi.advanceTimersByTimeAsync(10_000)
  expect(heard.slice(1).every((silentMs) => Number(silentMs) >= 3000)).toBe(true)
  expect(heard.length).toBeGreaterThan(2)
  expect(beats).toHaveLength(1)
  frozen = false
  for (const answer of beats) answer()
  await vi.advanceTimersByTimeAsync(600)
  expect(heard.at(-1)).toBe('up')
  stop.abort()
  await vi.advanceTimersByTimeAsync(1)
  await running
  expect(vi.getTimerCount()).toBe(0)
})

it('knows at once of a connection that is gone', async () => {
  const stop = new AbortController()
  const onAway = vi.fn(() => stop.abort())
  const beat = () => Promise.reject(new Error('not to be asked'))
  await new Pulse({beat, isConnected: () => false, onUp: vi.fn(), onAway}).run(stop.signal)
  expect(onAway).toHaveBeenCalledOnce()
})
