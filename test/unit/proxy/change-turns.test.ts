import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {ChangeTurns, type Patience, type Turn} from '../../../src/lib/proxy/change-turns.js'
import {TurnsModel, type TurnsStep} from '../../support/turns-model.js'

const OVERDUE_MS = 1_000

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** Changes that take turns, and what became of each. */
function begin(atOnce = 1) {
  const turns = new ChangeTurns({atOnce, overdueMs: OVERDUE_MS})
  const held = new Map<string, Turn>()
  const refused = new Map<string, unknown>()
  const began: string[] = []
  const take = async (name: string, patience?: Patience) => {
    try {
      held.set(name, await turns.take(patience))
      began.push(name)
    } catch (error) {
      refused.set(name, error)
    }
  }
  return {
    turns,
    began,
    refused,
    /** Has them come, one after the other. */
    come: async (...names: string[]) => {
      for (const name of names) void take(name)
      await vi.advanceTimersByTimeAsync(0)
    },
    comeWith: async (name: string, patience: Patience) => {
      void take(name, patience)
      await vi.advanceTimersByTimeAsync(0)
    },
    end: async (...names: string[]) => {
      for (const name of names) {
        held.get(name)?.end()
        await vi.advanceTimersByTimeAsync(0)
      }
    },
  }
}

describe('turns', () => {
  it('come in the order in which changes came, one at a time', async () => {
    const {turns, began, come, end} = begin()
    await come('a', 'b', 'c')
    expect([began, turns.waiting]).toEqual([['a'], 2])
    await end('a')
    await come('d')
    expect([began, turns.waiting]).toEqual([['a', 'b'], 2])
    for (const name of ['b', 'c', 'd']) await end(name)
    expect([began, turns.waiting]).toEqual([['a', 'b', 'c', 'd'], 0])
  })

  it('are not waited for where as many as come are allowed', async () => {
    const {turns, began, come, end} = begin(Number.POSITIVE_INFINITY)
    const names = Array.from({length: 100}, (_, i) => `${i}`)
    await come(...names)
    expect([began, turns.waiting]).toEqual([names, 0])
    await end(...names)
  })

  it('begin at once for those who wait when more are allowed, and wait again when fewer are', async () => {
    const {turns, began, come, end} = begin()
    await come('a', 'b', 'c', 'd')
    turns.allow(3)
    await vi.advanceTimersByTimeAsync(0)
    expect(began).toEqual(['a', 'b', 'c'])
    turns.allow(1)
    await end('a', 'b')
    expect(began).toEqual(['a', 'b', 'c'])
    await end('c')
    expect(began).toEqual(['a', 'b', 'c', 'd'])
    turns.allow(Number.POSITIVE_INFINITY)
    await come('e', 'f')
    expect(began).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    await end('d', 'e', 'f')
  })
})

describe('a turn that takes too long', () => {
  it('keeps nobody waiting until it has ended, and then all wait again', async () => {
    const {turns, began, come, end} = begin()
    await come('hangs', 'b', 'c')
    await vi.advanceTimersByTimeAsync(OVERDUE_MS - 1)
    expect(began).toEqual(['hangs'])
    await vi.advanceTimersByTimeAsync(1)
    await come('d')
    expect([began, turns.waiting]).toEqual([['hangs', 'b', 'c', 'd'], 0])
    await end('hangs', 'b')
    await come('e')
    expect([began, turns.waiting]).toEqual([['hangs', 'b', 'c', 'd'], 1])
    await end('c')
    expect(turns.waiting).toBe(1)
    await end('d')
    expect(began.at(-1)).toBe('e')
    await end('e')
  })

  it('is counted for itself: the gate is open while any is overdue', async () => {
    const {began, come, end} = begin(2)
    await come('a', 'b')
    await vi.advanceTimersByTimeAsync(OVERDUE_MS)
    await end('a')
    await come('c', 'd')
    expect(began).toEqual(['a', 'b', 'c', 'd'])
    await end('b')
    await come('e')
    expect(began).toEqual(['a', 'b', 'c', 'd'])
    await end('c', 'd', 'e')
  })
})

describe('who waits', () => {
  it('only for so long goes out of turn then, and holds a turn like others', async () => {
    const {turns, began, come, comeWith, end} = begin()
    await come('a', 'b')
    await comeWith('hurried', {withinMs: 300})
    await come('c')
    await vi.advanceTimersByTimeAsync(299)
    expect(began).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(1)
    expect([began, turns.waiting]).toEqual([['a', 'hurried'], 2])
    await end('a')
    expect(began).toEqual(['a', 'hurried'])
    await end('hurried')
    await end('b')
    expect(began).toEqual(['a', 'hurried', 'b', 'c'])
    await end('c')
  })

  it('only for so long goes in turn where that comes sooner', async () => {
    const {began, come, comeWith, end} = begin()
    await come('a')
    await comeWith('hurried', {withinMs: 300})
    await end('a')
    await come('b')
    await vi.advanceTimersByTimeAsync(300)
    expect(began).toEqual(['a', 'hurried'])
    await end('hurried', 'b')
  })

  it('may go away, and nobody waits for them', async () => {
    const {turns, began, refused, come, comeWith, end} = begin()
    const away = new AbortController()
    await come('a')
    await comeWith('leaves', {signal: away.signal, withinMs: 300})
    await come('b')
    const reason = new Error('the client went away')
    away.abort(reason)
    await comeWith('has left', {signal: away.signal})
    expect(Object.fromEntries(refused)).toEqual({leaves: reason, 'has left': reason})
    expect(turns.waiting).toBe(1)
    await end('a')
    expect(began).toEqual(['a', 'b'])
    await end('b')
  })

  it('keeps the turn that has begun, also when the change is not wanted any more', async () => {
    const {turns, began, come, comeWith, end} = begin()
    const away = new AbortController()
    await come('a')
    await comeWith('b', {signal: away.signal})
    await end('a')
    await come('c')
    away.abort(new Error('too late'))
    await vi.advanceTimersByTimeAsync(0)
    expect([began, turns.waiting]).toEqual([['a', 'b'], 1])
    await end('b', 'c')
  })

  it('is refused when turns are stopped, and so is who comes later', async () => {
    const {turns, began, refused, come, comeWith, end} = begin()
    await come('a', 'b')
    await comeWith('hurried', {withinMs: 300})
    turns.stop()
    await come('c')
    const stopping = expect.objectContaining({code: 'PDIST_UPSTREAM_UNAVAILABLE'})
    expect(Object.fromEntries(refused)).toEqual({b: stopping, hurried: stopping, c: stopping})
    await end('a')
    expect([began, turns.waiting]).toEqual([['a'], 0])
  })
})

const step: fc.Arbitrary<TurnsStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({kind: fc.constant('take'), withinMs: fc.option(fc.integer({min: 1, max: 9}))}),
  },
  {weight: 3, arbitrary: fc.record({kind: fc.constant('end'), which: fc.nat(9)})},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('pass'), ms: fc.integer({min: 1, max: 12})})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('leave'), which: fc.nat(9)})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('allow'), atOnce: fc.integer({min: 1, max: 4})})},
)

it('whatever happens, no more turns begin than may, nobody is overtaken, and everybody gets one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, {maxLength: 60}), fc.integer({min: 1, max: 3}), async (steps, atOnce) => {
      const model = new TurnsModel({atOnce, overdueMs: 6})
      for (const each of steps) await model.step(each)
      await model.finish()
    }),
    {numRuns: 300},
  )
})
