import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {
  type CheckOutcome,
  PrimaryCheck,
  type ServedByPrimary,
} from '../../../../src/lib/sync/watch/primary-check.js'
import {type Fingerprint, formatFingerprint} from '../../../../src/lib/zone/fingerprint.js'

const EVERY_MS = 100_000
const SIGNED: Fingerprint = {serial: 1, signatures: [{keyTag: 1, inception: 1, expiration: 9}], keySet: 'k'}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A primary that serves what the store has, unless told otherwise; the time of each question is noted. */
function checking(zones: number, fingerprint = SIGNED, {complete = true} = {}) {
  const known = {fingerprint: formatFingerprint(fingerprint), signed: fingerprint.signatures.length > 0}
  const names = Array.from({length: zones}, (_, i) => zoneName(`${i}.test`))
  const store = new Map(names.map((name) => [name, known]))
  const began = Date.now()
  const asked: Array<{zone: ZoneName; at: number; keys: boolean}> = []
  const state = {
    store,
    complete,
    asked,
    outcomes: [] as CheckOutcome[],
    refreshed: [] as ZoneName[],
    served: (_zone: ZoneName): ReturnType<ServedByPrimary['fingerprintOf']> =>
      Promise.resolve({state: 'served', ...fingerprint}),
    refresh: async (zone: ZoneName) => {
      state.refreshed.push(zone)
    },
  }
  const check = new PrimaryCheck({
    known: {
      get complete() {
        return state.complete
      },
      get: (zone) => store.get(zone),
      zones: () => [...store.keys()],
    },
    primary: {
      fingerprintOf: (zone, _signal, {keys}) => {
        asked.push({zone, at: Date.now() - began, keys})
        return state.served(zone)
      },
    },
    refresh: (zone) => state.refresh(zone),
    everyMs: EVERY_MS,
    onChecked: (_zone, outcome) => state.outcomes.push(outcome),
    now: Date.now,
  })
  const end = new AbortController()
  const over = check.run(end.signal)
  const stop = async () => {
    end.abort()
    await over
  }
  return Object.assign(state, {stop})
}

describe('the comparison with the primary', () => {
  test('asks about every zone once in the given time, evenly', async () => {
    const at = checking(100)
    await vi.advanceTimersByTimeAsync(EVERY_MS * 1.2)
    const first = at.asked.slice(0, 100)
    expect(new Set(first.map(({zone}) => zone)).size).toBe(100)
    expect(first.at(-1)?.at).toBeGreaterThan(EVERY_MS * 0.7)
    const busiest = Math.max(
      ...first.map(({at: from}) => first.filter((each) => each.at >= from && each.at < from + 5000).length),
    )
    expect(busiest).toBeLessThanOrEqual(11)
    expect(new Set(at.outcomes)).toEqual(new Set(['same']))
    expect(at.refreshed).toEqual([])
    await at.stop()
  })

  test.each<[string, Partial<Fingerprint>]>([
    ['signatures', {signatures: [{keyTag: 1, inception: 2, expiration: 10}]}],
    ['another key', {signatures: [{keyTag: 2, inception: 1, expiration: 9}]}],
    ['a published key', {keySet: 'l'}],
    ['no signatures', {signatures: []}],
    ['a serial', {serial: 2}],
  ])('has a zone looked at that has new %s', async (_, change) => {
    const at = checking(2)
    at.served = async (zone) => ({state: 'served', ...SIGNED, ...(zone === '1.test.' ? change : {})})
    await vi.advanceTimersByTimeAsync(EVERY_MS * 1.6)
    expect(new Set(at.refreshed)).toEqual(new Set(['1.test.']))
    await at.stop()
  })

  test('finds that an unsigned zone was signed, with one question', async () => {
    const at = checking(1, {serial: 1, signatures: []})
    at.served = async () => ({state: 'served', serial: 1, signatures: SIGNED.signatures})
    await vi.advanceTimersByTimeAsync(EVERY_MS * 1.6)
    expect(at.refreshed).toContain('0.test.')
    expect(new Set(at.asked.map(({keys}) => keys))).toEqual(new Set([false]))
    await at.stop()
  })

  test('leaves deletions to others, also those that come while it asks', async () => {
    const at = checking(2)
    at.served = async (zone) => {
      at.store.delete(zoneName('1.test'))
      return zone === '0.test.' ? {state: 'not-served'} : {state: 'served', ...SIGNED, serial: 2}
    }
    await vi.advanceTimersByTimeAsync(EVERY_MS * 1.6)
    expect(at.refreshed).toEqual([])
    expect(new Set(at.outcomes)).toEqual(new Set(['not-served']))
    await at.stop()
  })

  test('leaves a silent primary alone, and goes on when it answers', async () => {
    const at = checking(10_000)
    const answer = at.served
    at.served = () => Promise.reject(new Error('no answer'))
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    // By then 10,000 would have been asked about.
    expect(at.asked.length).toBeLessThan(15)
    expect(new Set(at.outcomes)).toEqual(new Set(['silent']))
    at.served = answer
    const before = at.asked.length
    await vi.advanceTimersByTimeAsync(90_000)
    expect(at.asked.length - before).toBeGreaterThan(2000)
    // 10 ms apart, as ever: what was missed is not made up for in a hurry.
    const gaps = at.asked.slice(before + 200).map(({at: ms}, i, all) => ms - (all[i - 100]?.at ?? 0))
    expect(Math.min(...gaps.slice(100))).toBeGreaterThan(400)
    await at.stop()
  })

  test('never asks about more than fifty zones at once', async () => {
    const at = checking(1000)
    const gates: Array<() => void> = []
    at.served = () => new Promise((resolve) => gates.push(() => resolve({state: 'served', ...SIGNED})))
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(at.asked).toHaveLength(50)
    gates[0]?.()
    await vi.advanceTimersByTimeAsync(EVERY_MS)
    expect(at.asked).toHaveLength(51)
    for (const open of gates) open()
    at.served = async () => ({state: 'served', ...SIGNED})
    await at.stop()
  })

  test('goes on where a difference cannot be published', async () => {
    const at = checking(1)
    at.served = async () => ({state: 'served', ...SIGNED, serial: 2})
    at.refresh = () => Promise.reject(new Error('no broker'))
    await vi.advanceTimersByTimeAsync(EVERY_MS * 4)
    expect(at.outcomes.length).toBeGreaterThan(1)
    expect(new Set(at.outcomes)).toEqual(new Set(['failed']))
    await at.stop()
  })

  test('waits until it is known which zones there are', async () => {
    const at = checking(2, SIGNED, {complete: false})
    await vi.advanceTimersByTimeAsync(EVERY_MS * 3)
    expect(at.asked).toEqual([])
    at.complete = true
    await vi.advanceTimersByTimeAsync(EVERY_MS * 2)
    expect(at.asked.length).toBeGreaterThan(1)
    await at.stop()
  })

  test('waits where there is no zone', async () => {
    const at = checking(0)
    await vi.advanceTimersByTimeAsync(EVERY_MS * 3)
    expect(at.asked).toEqual([])
    await at.stop()
  })
})
