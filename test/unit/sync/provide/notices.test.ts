import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {Notices, type NoticesOptions} from '../../../../src/lib/sync/provide/notices.js'

const [A, B] = [zoneName('a.test'), zoneName('b.test')]

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Notices that note when they were passed on, by the fake clock, from 0 on. */
function noting(options: Partial<NoticesOptions> = {}) {
  const started = Date.now()
  const passed: Array<[ZoneName, number]> = []
  const failures: unknown[] = []
  const notices = new Notices({
    pass: async (zone) => {
      passed.push([zone, Date.now() - started])
    },
    onFailed: (error) => failures.push(error),
    now: Date.now,
    ...options,
  })
  const end = new AbortController()
  const over = notices.run(end.signal)
  const stop = async () => {
    end.abort()
    await over
  }
  return {notices, passed, failures, stop}
}

describe('notices', () => {
  test('the first is passed on at once, the others of the same second as one at its end', async () => {
    const {notices, passed, stop} = noting()
    for (let ms = 0; ms < 900; ms += 10) {
      notices.heard(A)
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(passed).toEqual([[A, 0]])
    expect(notices.waiting).toBe(1)
    await vi.advanceTimersByTimeAsync(5000)
    expect(passed).toEqual([
      [A, 0],
      [A, 1000],
    ])
    notices.heard(A)
    notices.heard(B)
    await vi.advanceTimersByTimeAsync(5000)
    expect(passed.slice(2).map(([zone]) => zone)).toEqual([A, B])
    await stop()
  })

  test('no more than so many zones wait', async () => {
    const gate = Promise.withResolvers<void>()
    const {notices, stop} = noting({pass: () => gate.promise, maxWaiting: 100})
    const zones = Array.from({length: 200}, (_, i) => zoneName(`${i}.test`))
    expect(zones.filter((zone) => notices.heard(zone))).toHaveLength(100)
    expect(notices.heard(zoneName('0.test'))).toBe(true)
    gate.resolve()
    await vi.advanceTimersByTimeAsync(1)
    expect(notices.waiting).toBe(0)
    await stop()
  })

  test('what could not be passed on is tried again, later and later, and told', async () => {
    let broken = true
    const tries: number[] = []
    const started = Date.now()
    const {notices, failures, stop} = noting({
      pass: async () => {
        tries.push(Date.now() - started)
        if (broken) throw new Error('no broker')
      },
    })
    notices.heard(A)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(tries.length).toBeGreaterThan(4)
    expect(tries.length).toBeLessThan(20)
    expect(failures).toHaveLength(tries.length)
    broken = false
    const before = tries.length
    await vi.advanceTimersByTimeAsync(20_000)
    expect(tries).toHaveLength(before + 1)
    expect(notices.waiting).toBe(0)
    await stop()
  })

  test('nothing is lost: after the last notice of a zone, it is passed on once more', async () => {
    const heard = fc.array(fc.tuple(fc.nat(5), fc.nat(700)), {minLength: 1, maxLength: 60})
    await fc.assert(
      fc.asyncProperty(heard, async (steps) => {
        const {notices, passed, stop} = noting()
        const started = Date.now()
        const last = new Map<ZoneName, number>()
        for (const [number, pause] of steps) {
          const zone = zoneName(`${number}.test`)
          notices.heard(zone)
          last.set(zone, Date.now() - started)
          await vi.advanceTimersByTimeAsync(pause)
        }
        await vi.advanceTimersByTimeAsync(2000)
        for (const [zone, at] of last) {
          const times = passed.filter(([name]) => name === zone).map(([, ms]) => ms)
          expect(times.at(-1)).toBeGreaterThanOrEqual(at)
          for (const [i, ms] of times.entries())
            if (i > 0) expect(ms - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(1000)
        }
        await stop()
      }),
      {numRuns: 50},
    )
  })
})
