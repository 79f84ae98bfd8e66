import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {aborted, isAbortOf, orAborted, sleep, withTimeout} from '../../../src/lib/async/abort.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const why = new Error('why')

/** Whether a promise is settled, without waiting for it. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  promise.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  await vi.advanceTimersByTimeAsync(0)
  return settled
}

describe('sleep', () => {
  it('lasts as long as it is told', async () => {
    const sleeping = sleep(1000)
    await vi.advanceTimersByTimeAsync(999)
    expect(await isSettled(sleeping)).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await isSettled(sleeping)).toBe(true)
  })

  it('ends with the reason of the abort, and leaves neither timer nor listener', async () => {
    const abort = new AbortController()
    const remove = vi.spyOn(abort.signal, 'removeEventListener')
    const sleeping = sleep(1000, abort.signal)
    abort.abort(why)
    await expect(sleeping).rejects.toBe(why)
    expect(vi.getTimerCount()).toBe(0)
    expect(remove).toHaveBeenCalledTimes(1)
    await expect(sleep(1000, abort.signal)).rejects.toBe(why)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no listener on a signal that is never aborted', async () => {
    const {signal} = new AbortController()
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    const sleeping = sleep(5, signal)
    await vi.advanceTimersByTimeAsync(5)
    await sleeping
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length)
  })
})

describe('isAbortOf', () => {
  it('is true of the echo of this signal’s abort alone', () => {
    const abort = new AbortController()
    const echo = new DOMException('aborted', 'AbortError')
    expect(isAbortOf(abort.signal, echo)).toBe(false)
    abort.abort(why)
    expect(isAbortOf(abort.signal, why)).toBe(true)
    expect(isAbortOf(abort.signal, echo)).toBe(true)
    expect(isAbortOf(abort.signal, new Error('another'))).toBe(false)
    expect(isAbortOf(abort.signal, 'AbortError')).toBe(false)
  })
})

describe('withTimeout', () => {
  it('aborts the work in time, with a reason that says so', async () => {
    const working = withTimeout(50, undefined, (signal) => sleep(1000, signal))
    const failed = expect(working).rejects.toMatchObject({name: 'TimeoutError'})
    await vi.advanceTimersByTimeAsync(50)
    await failed
    expect(vi.getTimerCount()).toBe(0)
  })

  it('passes on result, failure and abort, and its timer never outlives the work', async () => {
    const abort = new AbortController()
    expect(await withTimeout(50, abort.signal, async () => 7)).toBe(7)
    await expect(withTimeout(50, abort.signal, () => Promise.reject(why))).rejects.toBe(why)
    const working = withTimeout(50, abort.signal, (signal) => sleep(1000, signal))
    abort.abort(why)
    await expect(working).rejects.toBe(why)
    await expect(withTimeout(50, abort.signal, (signal) => sleep(1000, signal))).rejects.toBe(why)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no listener on a signal that is never aborted', async () => {
    const {signal} = new AbortController()
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    await withTimeout(50, signal, async () => 7)
    expect(remove.mock.calls.map((call) => call.slice(0, 2))).toEqual(
      add.mock.calls.map((call) => call.slice(0, 2)),
    )
  })
})

describe('aborted', () => {
  it('resolves when the signal is aborted, and at once if it already is', async () => {
    const abort = new AbortController()
    const waiting = aborted(abort.signal)
    expect(await isSettled(waiting)).toBe(false)
    abort.abort()
    await waiting
    await aborted(abort.signal)
  })
})

describe('orAborted', () => {
  it('settles as the work does', async () => {
    const {signal} = new AbortController()
    await orAborted(signal, Promise.resolve(1))
    await expect(orAborted(signal, Promise.reject(why))).rejects.toBe(why)
  })

  it('waits no longer than until the signal is aborted, and leaves no listener behind', async () => {
    const abort = new AbortController()
    const [add, remove] = [
      vi.spyOn(abort.signal, 'addEventListener'),
      vi.spyOn(abort.signal, 'removeEventListener'),
    ]
    const waiting = orAborted(abort.signal, new Promise(() => {}))
    expect(await isSettled(waiting)).toBe(false)
    abort.abort(why)
    await waiting
    await orAborted(abort.signal, new Promise(() => {}))
    expect(remove.mock.calls.map(([type, listener]) => [type, listener])).toEqual(
      add.mock.calls.map(([type, listener]) => [type, listener]),
    )
  })
})
