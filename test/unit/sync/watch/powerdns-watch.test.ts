import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {PowerDnsSilentError} from '../../../../src/lib/sync/errors.js'
import {PowerDnsWatch} from '../../../../src/lib/sync/watch/powerdns-watch.js'

const why = new Error('why')
const EVERY_MS = 10_000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A watch over a PowerDNS that answers what `answers` says; it runs until the end of the test. */
function watching() {
  const answers = {DNS: true, API: true}
  const ending = new AbortController()
  const ask = (of: 'DNS' | 'API') =>
    vi.fn(async (_: AbortSignal) => {
      if (!answers[of]) throw why
    })
  const [query, call, onBegin, onEnd] = [ask('DNS'), ask('API'), vi.fn(), vi.fn()]
  const now = () => performance.now()
  const watch = new PowerDnsWatch({everyMs: EVERY_MS, query, call, now, onBegin, onEnd})
  const running = watch.run(ending.signal)
  return {
    ...{watch, answers, query, call, onBegin, onEnd},
    async [Symbol.asyncDispose]() {
      ending.abort(why)
      await running
      expect(vi.getTimerCount()).toBe(0)
    },
  }
}

it('asks both at its pace, and again soon after a failure, which counts when it comes twice', async () => {
  await using test = watching()
  const {watch, answers, query, call, onBegin} = test
  await vi.advanceTimersByTimeAsync(2 * EVERY_MS)
  expect([query, call].map(({mock}) => mock.calls.length)).toEqual([3, 3])
  answers.API = false
  await vi.advanceTimersByTimeAsync(EVERY_MS)
  expect([watch.isSilent, onBegin.mock.calls]).toEqual([false, []])
  await vi.advanceTimersByTimeAsync(1_000)
  expect([watch.isSilent, onBegin.mock.calls]).toMatchObject([true, [[{of: 'API', message: 'why'}]]])
})

it('lets one lost answer pass', async () => {
  await using test = watching()
  test.query.mockRejectedValueOnce(why)
  await vi.advanceTimersByTimeAsync(5 * EVERY_MS)
  expect([test.onBegin, test.onEnd].map(({mock}) => mock.calls)).toEqual([[], []])
})

it('sees within a second that it is back, and tells for how long it was away', async () => {
  await using test = watching()
  const {watch, answers, onEnd} = test
  await vi.advanceTimersByTimeAsync(1)
  answers.DNS = false
  await vi.advanceTimersByTimeAsync(EVERY_MS + 5_000)
  answers.DNS = true
  expect(onEnd).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(onEnd.mock.calls).toEqual([['DNS', 6_000]])
  expect(watch.isSilent).toBe(false)
})

it('insists on an answer to a query at this moment, and waits for no call', async () => {
  await using test = watching()
  const {watch, answers, call} = test
  const never = new AbortController().signal
  call.mockImplementation(() => new Promise(() => undefined))
  await watch.insist(never)
  answers.DNS = false
  await expect(watch.insist(never)).rejects.toThrow(PowerDnsSilentError)
  await expect(watch.insist(AbortSignal.abort(why))).rejects.toBe(why)
  answers.DNS = true
  await watch.insist(never)
  call.mockImplementation(async () => undefined)
})

it('refuses while it is known to be silent, without asking', async () => {
  await using test = watching()
  const {watch, answers, query} = test
  answers.API = false
  await vi.advanceTimersByTimeAsync(2 * EVERY_MS)
  query.mockClear()
  await expect(watch.insist(new AbortController().signal)).rejects.toThrow(/API.*why/)
  expect(query).not.toHaveBeenCalled()
})
