import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import {Flushes} from '../../../../src/lib/sync/apply/flushes.js'
import {Retries} from '../../../../src/lib/sync/apply/retries.js'
import {TransferWatch} from '../../../../src/lib/sync/apply/transfer-watch.js'
import {eventually} from '../../../../src/lib/sync/verify.js'
import {stored, versionOf} from '../../../support/versions.js'

const never = new AbortController().signal
const ZONE = zoneName('a.test')
const why = new Error('why')

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a transfer watch', () => {
  it('knows what was reached before it was asked, until it is reset', async () => {
    const watch = new TransferWatch()
    watch.reached('sent')
    expect(await watch.started(0, never)).toBe(true)
    expect(await watch.sent(0, never)).toBe(true)
    watch.reset()
    expect(await watch.started(0, never)).toBe(false)
  })

  it('wakes who waits, for what he waits', async () => {
    const watch = new TransferWatch()
    const [started, sent] = [watch.started(1000, never), watch.sent(1000, never)]
    watch.reached('started')
    expect(await started).toBe(true)
    await vi.advanceTimersByTimeAsync(500)
    watch.reached('sent')
    expect(await sent).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('waits no longer than it is told, and not after an abort', async () => {
    const watch = new TransferWatch()
    const abort = new AbortController()
    const late = watch.sent(100, never)
    const given = watch.started(1000, abort.signal)
    watch.reached('started')
    expect(await given).toBe(true)
    const cut = watch.sent(1000, abort.signal)
    abort.abort(why)
    await expect(cut).rejects.toBe(why)
    await vi.advanceTimersByTimeAsync(100)
    expect(await late).toBe(false)
    await expect(watch.sent(1000, abort.signal)).rejects.toBe(why)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('asking again and again', () => {
  it('ends when it holds, asks less and less often, and flushes now and then', async () => {
    const asked: number[] = []
    const flushed: number[] = []
    const began = performance.now()
    const holds = async () => {
      asked.push(performance.now() - began)
      return asked.length === 40
    }
    const onSlow = async () => void flushed.push(performance.now() - began)
    const result = eventually(holds, {ms: 60_000, onSlow, signal: never})
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await result).toBe(true)
    const gaps = asked.slice(1).map((at, i) => at - (asked[i] ?? 0))
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
    expect(gaps.at(-1)).toBeLessThanOrEqual(51)
    expect(flushed.length).toBeGreaterThan(1)
    expect(flushed.length).toBeLessThan(5)
  })

  it('is false when time is up, and ends with the abort', async () => {
    const result = eventually(async () => false, {ms: 200, signal: never})
    await vi.advanceTimersByTimeAsync(300)
    expect(await result).toBe(false)
    const abort = new AbortController()
    const cut = eventually(async () => false, {ms: 200, signal: abort.signal})
    await vi.advanceTimersByTimeAsync(10)
    abort.abort(why)
    await expect(cut).rejects.toBe(why)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('retries', () => {
  const job = {
    zone: ZONE,
    event: 1,
    leastRevision: 0,
    force: false,
    ordered: 0,
    orphan: false,
    urgent: false,
    failures: 3,
    since: 5,
  }

  it('come once for each zone, at the earliest time, with all that was asked for', async () => {
    const again = vi.fn()
    const retries = new Retries(again, never)
    retries.add(job, 100, {canHurry: true})
    retries.add({...job, event: 9, force: true}, 50, {canHurry: true})
    retries.add({...job, event: 4}, 1000, {canHurry: true})
    retries.add({...job, zone: zoneName('b.test')}, 200, {canHurry: true})
    expect([...retries.values()]).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(49)
    expect(again).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(again.mock.calls).toEqual([[{...job, event: 9, force: true}]])
    expect([...retries.values()]).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(50)
    expect(again).toHaveBeenCalledTimes(1)
    retries.add(job, 10, {canHurry: true})
    await vi.advanceTimersByTimeAsync(100)
    expect(again).toHaveBeenCalledTimes(3)
    await retries.settled()
    expect([...retries.values()]).toEqual([])
  })

  it('come at once when they are hurried, each once, unless they wait for somebody', async () => {
    const again = vi.fn()
    const retries = new Retries(again, never)
    const other = {...job, zone: zoneName('b.test')}
    const foreign = {...job, zone: zoneName('foreign.test')}
    retries.add(foreign, 200_000, {canHurry: false})
    const soon = {...job, zone: zoneName('soon.test')}
    retries.add(soon, 900, {canHurry: true})
    retries.add(job, 1100, {canHurry: true})
    retries.add(other, 60_000, {canHurry: true})
    retries.hurry()
    await vi.advanceTimersByTimeAsync(0)
    expect(again.mock.calls).toEqual([[job], [other]])
    await vi.advanceTimersByTimeAsync(900)
    expect(again.mock.lastCall).toEqual([soon])
    retries.add(job, 1000, {canHurry: true})
    await vi.advanceTimersByTimeAsync(999)
    expect(again).toHaveBeenCalledTimes(3)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(again).toHaveBeenCalledTimes(4)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(again.mock.lastCall).toEqual([foreign])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('give their deliveries back when they are aborted, and do not come', async () => {
    const abort = new AbortController()
    const again = vi.fn()
    const retryIn = vi.fn()
    const retries = new Retries(again, abort.signal)
    const state = stored(versionOf(ZONE), 1)
    const body = Buffer.from('body')
    const ends = {ack: () => undefined, retryIn, working: () => undefined}
    retries.add({...job, body, delivery: {state, delivery: 1, live: true, ...ends}}, 100, {canHurry: true})
    expect([...retries.values()][0]).not.toHaveProperty('body')
    abort.abort(why)
    await retries.settled()
    expect(again).not.toHaveBeenCalled()
    expect(retryIn.mock.calls).toEqual([[0]])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a flush', () => {
  it('comes a moment later', async () => {
    const flush = vi.fn(async () => undefined)
    const flushes = new Flushes({api: {flush}, log: silentLogger, signal: never})
    flushes.later(ZONE)
    expect(flush).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1000)
    await flushes.settled()
    expect(flush).toHaveBeenCalledTimes(1)
  })

  it('is tried until PowerDNS has done it, less and less often, which is told once, not thrown', async () => {
    const failure = {left: 4}
    const flush = vi.fn(async () => {
      failure.left -= 1
      if (failure.left >= 0) throw why
    })
    const [warn, info] = [vi.fn(), vi.fn()]
    const flushes = new Flushes({api: {flush}, log: {...silentLogger, warn, info}, signal: never})
    flushes.later(ZONE)
    await vi.advanceTimersByTimeAsync(600)
    const soon = flush.mock.calls.length
    await vi.advanceTimersByTimeAsync(600)
    const later = flush.mock.calls.length - soon
    expect(soon).toBeGreaterThan(1)
    expect(later).toBeLessThan(soon)
    await vi.advanceTimersByTimeAsync(60_000)
    await flushes.settled()
    expect(flush).toHaveBeenCalledTimes(5)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({zone: ZONE, error: why}), expect.any(String))
    expect(info.mock.calls).toMatchObject([[{event: 'zone.flushed', zone: ZONE}, expect.any(String)]])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('comes at once as well, as long as PowerDNS has time for it', async () => {
    const {flush, atOnce, keepBusy} = flushing()
    expect(await atOnce()).toBe(1)
    await keepBusy()
    expect([await atOnce(), await atOnce(true)]).toEqual([0, 1])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await atOnce()).toBe(1)
    flush.mockRejectedValue(why)
    await vi.advanceTimersByTimeAsync(10_000)
    // What PowerDNS refuses at once takes it no time.
    for (let i = 0; i < 100; i += 1) await expect(atOnce()).rejects.toBe(why)
  })

  it('comes sooner where it is the only one', async () => {
    const {flush, flushes, atOnce, keepBusy} = flushing()
    const flushedAfter = async (change: () => Promise<unknown>) => {
      await change()
      flush.mockClear()
      const begun = performance.now()
      flushes.later(ZONE)
      while (flush.mock.calls.length === 0) await vi.advanceTimersByTimeAsync(1)
      return performance.now() - begun
    }
    const twice = await flushedAfter(atOnce)
    await vi.advanceTimersByTimeAsync(10_000)
    await keepBusy()
    const once = await flushedAfter(atOnce)
    expect(once).toBeLessThan(twice / 2)
    await vi.advanceTimersByTimeAsync(10_000)
    // What was owed is not any more.
    expect(await flushedAfter(async () => undefined)).toBe(twice)
  })

  it('comes again and again for a zone that changes all the time, and once after its last change', async () => {
    const flush = vi.fn(async () => undefined)
    const flushes = new Flushes({api: {flush}, log: silentLogger, signal: never})
    for (let at = 0; at < 300; at += 20) {
      flushes.later(ZONE)
      await vi.advanceTimersByTimeAsync(20)
    }
    expect(flush).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(1000)
    expect(flush).toHaveBeenCalledTimes(3)
    flushes.later(ZONE)
    await vi.advanceTimersByTimeAsync(1000)
    expect(flush).toHaveBeenCalledTimes(4)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('comes soon for what changes now, however long it was put off', async () => {
    const {flush, flushes} = flushing()
    flush.mockRejectedValue(why)
    flushes.later(ZONE)
    await vi.advanceTimersByTimeAsync(60_000)
    flush.mockClear()
    flush.mockImplementation(async () => undefined)
    flushes.later(ZONE)
    await vi.advanceTimersByTimeAsync(150)
    expect(flush).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(flush).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that is owed is not left out at the end', async () => {
    const {abort, flush, flushes, atOnce, keepBusy} = flushing()
    await keepBusy()
    expect(await atOnce()).toBe(0)
    flushes.later(ZONE)
    abort.abort(why)
    await Promise.all([flushes.settled(), vi.advanceTimersByTimeAsync(1)])
    expect(flush).toHaveBeenCalledTimes(1)
  })

  it('does not hold up the end', async () => {
    const abort = new AbortController()
    const flush = vi.fn(async () => undefined)
    const flushes = new Flushes({api: {flush}, log: silentLogger, signal: abort.signal})
    flushes.later(ZONE)
    abort.abort(why)
    await flushes.settled()
    expect(flush).not.toHaveBeenCalled()
  })

  it('at the end comes at once, whatever PowerDNS has to do', async () => {
    const {abort, atOnce, keepBusy} = flushing()
    await keepBusy()
    expect(await atOnce()).toBe(0)
    abort.abort(why)
    expect(await atOnce()).toBe(1)
  })
})

/** Flushes that take no time, but for those that `keepBusy` has made. */
function flushing() {
  const taking = {ms: 0}
  const flush = vi.fn(() => new Promise<void>((resolve) => setTimeout(resolve, taking.ms)))
  const abort = new AbortController()
  const flushes = new Flushes({api: {flush}, log: silentLogger, signal: abort.signal})
  const atOnce = async (metadata = false) => {
    flush.mockClear()
    await Promise.all([flushes.atOnce(ZONE, never, {metadata}), vi.advanceTimersByTimeAsync(taking.ms)])
    return flush.mock.calls.length
  }
  const keepBusy = async () => {
    taking.ms = 200
    await atOnce()
    taking.ms = 0
  }
  return {flush, flushes, abort, atOnce, keepBusy}
}
