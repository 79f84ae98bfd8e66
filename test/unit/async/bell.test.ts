import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {Bell} from '../../../src/lib/async/bell.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Whether the promise is settled at this moment. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false
  void promise.then(() => {
    over = true
  })
  await vi.advanceTimersByTimeAsync(0)
  return over
}

describe('a bell', () => {
  it('wakes who waits, and who begins to wait after it rang, once', async () => {
    const bell = new Bell()
    const never = new AbortController().signal
    const waiting = bell.wait(1000, never)
    expect(await isOver(waiting)).toBe(false)
    bell.ring()
    expect(await isOver(waiting)).toBe(true)
    bell.ring()
    bell.ring()
    expect(await isOver(bell.wait(1000, never))).toBe(true)
    const again = bell.wait(1000, never)
    expect(await isOver(again)).toBe(false)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await isOver(again)).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('lets go when aborted', async () => {
    const abort = new AbortController()
    const waiting = new Bell().wait(1000, abort.signal)
    abort.abort()
    expect(await isOver(waiting)).toBe(true)
    expect(await isOver(new Bell().wait(1000, abort.signal))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})
