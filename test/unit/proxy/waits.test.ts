import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {formatOutcome} from '../../../src/lib/proxy/wait.js'
import {Waits} from '../../../src/lib/proxy/waits.js'
import {FakeProofs} from '../../support/fakes/proofs.js'

const ZONE = zoneName('example.test')
const REQUEST = {waitFor: 'all', timeoutMs: 1_000} as const

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function begin(most = 10) {
  const proofs = new FakeProofs()
  const waits = new Waits(proofs, most)
  const wait = waits.begin(ZONE, REQUEST)
  const [change] = proofs.followed
  if (!change) throw new Error('nothing is followed')
  return {proofs, waits, wait, change}
}

describe('an answer that is held back', () => {
  it('goes out when the change is proved, and nothing is followed any more', async () => {
    const {proofs, waits, wait, change} = begin()
    expect(change).toMatchObject({zone: ZONE, waitFor: 'all'})
    await wait.covers(Promise.resolve(7))
    expect(change.event).toBe(7)
    change.tell({proved: 1, active: 2, failing: false})
    await vi.advanceTimersByTimeAsync(14)
    change.tell({proved: 2, active: 2, failing: false, over: 'served'})
    const outcome = await wait.over
    expect(outcome).toEqual({proved: 2, active: 2, ended: 'served', ms: 14})
    expect(formatOutcome(outcome)).toBe('2/2; ms=14')
    expect([proofs.open, waits.size]).toEqual([0, 0])
  })

  it('goes out when all is known at once', async () => {
    const proofs = new FakeProofs()
    const waits = new Waits(
      {
        prepare: () => undefined,
        follow: (zone, waitFor, on) => {
          const followed = proofs.follow(zone, waitFor, on)
          on({proved: 0, active: 0, failing: false, over: 'too-few'})
          return followed
        },
      },
      10,
    )
    const wait = waits.begin(ZONE, REQUEST)
    expect(formatOutcome(await wait.over)).toBe('0/0; too-few')
    expect([proofs.open, waits.size]).toEqual([0, 0])
  })

  it.each([
    [false, '1/2; timeout'],
    [true, '1/2; failed'],
  ])('goes out at the end of its time, failing: %j', async (failing, text) => {
    const {proofs, waits, wait, change} = begin()
    change.tell({proved: 1, active: 2, failing})
    await vi.advanceTimersByTimeAsync(999)
    expect(waits.size).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(formatOutcome(await wait.over)).toBe(text)
    expect([proofs.open, waits.size]).toEqual([0, 0])
  })

  it('may be given less time, never more', async () => {
    const {wait} = begin()
    wait.atMost(5_000)
    wait.atMost(300)
    wait.atMost(400)
    await vi.advanceTimersByTimeAsync(300)
    expect(await wait.over).toMatchObject({ended: 'timeout', ms: 300})
    wait.atMost(100)
  })

  it('goes out when it shall end, and stays ended', async () => {
    const {proofs, wait, change} = begin()
    wait.end('gone')
    change.tell({proved: 2, active: 2, failing: false, over: 'served'})
    expect(await wait.over).toMatchObject({ended: 'gone', proved: 0})
    expect(proofs.open).toBe(0)
  })

  it('goes out at once where too many are held back, and where the proxy stops', async () => {
    const {proofs, waits, wait} = begin(2)
    const second = waits.begin(ZONE, REQUEST)
    expect(formatOutcome(await waits.begin(ZONE, REQUEST).over)).toBe('0/0; busy')
    waits.stop()
    expect((await Promise.all([wait.over, second.over])).map(({ended}) => ended)).toEqual([
      'stopping',
      'stopping',
    ])
    expect(formatOutcome(await waits.begin(ZONE, REQUEST).over)).toBe('0/0; stopping')
    expect([proofs.followed.length, proofs.open, waits.size]).toEqual([2, 0, 0])
  })
})
