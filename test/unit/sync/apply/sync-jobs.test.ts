import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {type Delivery, SyncJobs} from '../../../../src/lib/sync/apply/sync-jobs.js'
import {stored, versionOf} from '../../../support/versions.js'

const ZONE = zoneName('a.test')
const job = {
  zone: ZONE,
  event: 0,
  leastRevision: 0,
  force: false,
  ordered: 0,
  orphan: false,
  urgent: false,
  failures: 0,
  since: 0,
}

/** A delivery that remembers how it was settled. */
function delivery(revision: number, bytes = 0): Delivery & {settled: string[]} {
  const settled: string[] = []
  return {
    state: stored(versionOf(ZONE), revision),
    body: Buffer.alloc(bytes),
    delivery: 1,
    live: true,
    settled,
    ack: () => settled.push('ack'),
    retryIn: () => settled.push('retry'),
    working: () => undefined,
  }
}

function merge(jobs: SyncJobs, one: Delivery): boolean {
  const {body, ...rest} = one
  return jobs.merge({...job, delivery: rest, ...(body ? {body} : {})})
}

describe('the jobs that wait', () => {
  it('are merged into one for each zone, with all that was asked for', () => {
    const jobs = new SyncJobs(1000)
    expect(jobs.merge({...job, event: 5, since: 10, failures: 1})).toBe(true)
    expect(jobs.merge({...job, event: 3, since: 20, force: true})).toBe(false)
    expect(merge(jobs, delivery(7, 4))).toBe(false)
    expect(jobs.merge({...job, zone: zoneName('b.test')})).toBe(true)
    expect(jobs.take(ZONE)).toMatchObject({event: 5, since: 0, force: true, failures: 1, delivery: {}})
    expect(jobs.take(ZONE)).toBeUndefined()
    expect([...jobs.values()]).toHaveLength(1)
  })

  it('keep the newest delivery, and acknowledge the one that it replaces', () => {
    const jobs = new SyncJobs(1000)
    const [one, two, late] = [delivery(1), delivery(2), delivery(1)]
    for (const each of [one, two, late]) merge(jobs, each)
    expect(jobs.take(ZONE)?.delivery?.state.revision).toBe(2)
    expect([one.settled, two.settled, late.settled]).toEqual([['ack'], [], ['ack']])
  })

  it('do not acknowledge a state that came again: it is not served yet', () => {
    const jobs = new SyncJobs(1000)
    const [first, again] = [delivery(3, 5), delivery(3, 5)]
    for (const each of [first, again]) merge(jobs, each)
    expect([first.settled, again.settled]).toEqual([[], []])
    expect(jobs.bytes).toBe(5)
  })

  it('never hold more bytes than they may, nor keep the bodies that they do not hold', () => {
    const steps = fc.array(fc.record({zone: fc.nat(5), bytes: fc.nat(60), take: fc.boolean()}))
    fc.assert(
      fc.property(steps, (all) => {
        const jobs = new SyncJobs(100)
        all.forEach(({zone: n, bytes, take}, i) => {
          const zone = zoneName(`z${n}.test`)
          const {body, ...rest} = delivery(i + 1, bytes)
          if (take) jobs.take(zone)
          else jobs.merge({...job, zone, delivery: rest, ...(body ? {body} : {})})
          const held = [...jobs.values()].reduce((sum, waiting) => sum + (waiting.body?.length ?? 0), 0)
          expect(jobs.bytes).toBe(held)
          expect(held).toBeLessThanOrEqual(100)
          for (const waiting of jobs.values()) expect(waiting.delivery).not.toHaveProperty('body')
        })
      }),
    )
  })

  it('can be put back as they were taken, and then yield to what came meanwhile', () => {
    const jobs = new SyncJobs(1000)
    const [older, newer] = [delivery(1, 10), delivery(2, 20)]
    merge(jobs, older)
    const taken = jobs.take(ZONE)
    if (!taken) throw new Error('nothing to take')
    expect(jobs.merge(taken)).toBe(true)
    expect(jobs.take(ZONE)).toEqual(taken)
    merge(jobs, newer)
    expect(jobs.merge({...taken, event: 9})).toBe(false)
    expect(jobs.take(ZONE)).toMatchObject({event: 9, delivery: {state: {revision: 2}}})
    expect([older.settled, newer.settled]).toEqual([['ack'], []])
    expect(jobs.bytes).toBe(0)
  })

  it('forget the deliveries of a store that is no more', () => {
    const jobs = new SyncJobs(1000)
    const old = delivery(1000, 10)
    merge(jobs, old)
    jobs.forgetDeliveries()
    expect(jobs.bytes).toBe(0)
    expect(jobs.peek(ZONE)).toEqual(job)
    merge(jobs, delivery(1))
    expect(jobs.peek(ZONE)?.delivery?.state.revision).toBe(1)
    expect(old.settled).toEqual([])
  })
})
