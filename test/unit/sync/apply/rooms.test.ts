import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {Rooms} from '../../../../src/lib/sync/apply/rooms.js'
import type {SyncJob} from '../../../../src/lib/sync/apply/sync-jobs.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const TAKES_MS = 100

function rooms() {
  const under = new Set<ZoneName>()
  const one = new Rooms({smallTransfers: 8, largeTransfers: 1, largeRecords: 100, besideUrgent: 2})
  const enter = (name: string, urgent = false, failures = 0, takesMs = TAKES_MS) => {
    const zone = zoneName(name)
    void one.enter(zone, {urgent, failures} as SyncJob, async () => {
      under.add(zone)
      await new Promise((resolve) => setTimeout(resolve, takesMs))
      under.delete(zone)
      return undefined
    })
  }
  return {rooms: one, under, enter}
}

it('are all for those that nobody waits for, but while others are urgent, and for a second more', async () => {
  const {under, enter} = rooms()
  for (let i = 0; i < 100; i += 1) enter(`z${i}.test`)
  await vi.advanceTimersByTimeAsync(10)
  expect(under.size).toBe(8)
  enter('urgent.test', true)
  await vi.advanceTimersByTimeAsync(TAKES_MS)
  expect([under.has(zoneName('urgent.test')), under.size]).toEqual([true, 3])
  await vi.advanceTimersByTimeAsync(500)
  expect(under.size).toBe(2)
  await vi.advanceTimersByTimeAsync(500)
  expect(under.size).toBe(8)
})

it('are left by those that nobody waits for when one of them is hurried', async () => {
  const {rooms: some, under, enter} = rooms()
  for (let i = 0; i < 100; i += 1) enter(`z${i}.test`)
  await vi.advanceTimersByTimeAsync(10)
  some.hurry(zoneName('z50.test'))
  await vi.advanceTimersByTimeAsync(TAKES_MS)
  expect([under.has(zoneName('z50.test')), under.size]).toEqual([true, 3])
})

it('are looked at again when nothing is urgent any more, whatever still goes on', async () => {
  const {rooms: some, under, enter} = rooms()
  enter('urgent.test', true)
  for (const name of ['slow1.test', 'slow2.test']) enter(name, false, 0, 3_600_000)
  for (let i = 0; i < 100; i += 1) enter(`z${i}.test`)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(under.size).toBe(2)
  some.look()
  await vi.advanceTimersByTimeAsync(1)
  expect(under.size).toBe(8)
})

it('are not kept from others by what fails again and again', async () => {
  const {under, enter} = rooms()
  enter('failing.test', true, 3)
  for (let i = 0; i < 100; i += 1) enter(`z${i}.test`)
  await vi.advanceTimersByTimeAsync(10)
  expect(under.size).toBe(8)
})
