import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {Fifo} from '../../../src/lib/async/fifo.js'
import {KeyedQueue} from '../../../src/lib/async/keyed-queue.js'
import {Slots} from '../../../src/lib/async/slots.js'

describe('a fifo', () => {
  it('gives back what it was given, in that order', () => {
    const commands = fc.array(fc.option(fc.integer(), {nil: 'shift' as const}), {maxLength: 200})
    fc.assert(
      fc.property(commands, (steps) => {
        const [fifo, model] = [new Fifo<number>(), [] as number[]]
        for (const step of steps) {
          if (step !== 'shift') fifo.push(model[model.push(step) - 1] ?? 0)
          else expect(fifo.shift()).toBe(model.shift())
          expect(fifo.length).toBe(model.length)
        }
      }),
    )
  })

  it('does not lose its place when it gives memory back', () => {
    const fifo = new Fifo<number>()
    let [next, expected, wrong] = [0, 0, 0]
    const take = () => {
      if (fifo.shift() !== expected++) wrong++
    }
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 3000; i++) fifo.push(next++)
      for (let i = 0; i < 2500; i++) take()
    }
    while (fifo.length > 0) take()
    expect({expected, wrong}).toEqual({expected: next, wrong: 0})
    expect(fifo.shift()).toBeUndefined()
  })
})

describe('slots', () => {
  it('are held by at most so many at once, in the order in which they came', async () => {
    const slots = new Slots(2)
    const began: number[] = []
    const gates = Array.from({length: 5}, () => Promise.withResolvers<void>())
    let held = 0
    const holding = gates.map(({promise}, i) =>
      slots.hold(async () => {
        began.push(i)
        expect(++held).toBeLessThanOrEqual(2)
        await promise
        held--
        return i
      }),
    )
    for (const {resolve} of gates.toReversed()) {
      await Promise.resolve()
      resolve()
    }
    expect(await Promise.all(holding)).toEqual([0, 1, 2, 3, 4])
    expect(began).toEqual([0, 1, 2, 3, 4])
  })

  it('go first to who is urgent, or becomes so while waiting', async () => {
    const slots = new Slots<string>(1)
    const began: string[] = []
    const hold = (key: string, urgent = false) => slots.hold(async () => void began.push(key), {key, urgent})
    const all = [hold('first'), hold('a'), hold('b'), hold('c', true), hold('d'), hold('e', true)]
    slots.hurry('d')
    slots.hurry('nobody')
    slots.hurry('c')
    await Promise.all(all)
    expect(began).toEqual(['first', 'c', 'e', 'd', 'a', 'b'])
    slots.hurry('a')
    expect(await slots.hold(async () => 7)).toBe(7)
  })

  it('are left to who is urgent where those that are not may hold a few only, one at least', async () => {
    const most = {patient: 1}
    const slots = new Slots<string>(3, () => most.patient)
    const held = new Map<string, () => void>()
    const hold = (key: string, urgent = false) =>
      void slots.hold(() => new Promise<void>((resolve) => held.set(key, resolve)), {key, urgent})
    const end = async (key: string) => {
      held.get(key)?.()
      held.delete(key)
      for (let i = 0; i < 10; i += 1) await Promise.resolve()
    }
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) hold(key)
    hold('urgent', true)
    await end('nobody')
    expect([...held.keys()]).toEqual(['a', 'urgent'])
    slots.hurry('c')
    await end('nobody')
    expect([...held.keys()]).toEqual(['a', 'urgent', 'c'])
    await end('urgent')
    expect([...held.keys()]).toEqual(['a', 'c'])
    most.patient = 0
    await end('a')
    expect([...held.keys()]).toEqual(['c', 'b'])
    most.patient = 3
    await end('b')
    expect([...held.keys()]).toEqual(['c', 'd', 'e'])
    for (const key of ['c', 'd', 'e']) await end(key)
    expect([...held.keys()]).toEqual(['f', 'g'])
  })

  it('are given back by work that fails', async () => {
    const slots = new Slots(1)
    await expect(slots.hold(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await slots.hold(async () => 7)).toBe(7)
  })
})

describe('a keyed queue', () => {
  it('runs one task per key at a time, in order, and never more than it may', async () => {
    const tasks = fc.array(fc.integer({min: 0, max: 4}), {minLength: 1, maxLength: 40})
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        tasks,
        fc.integer({min: 1, max: 4}),
        async (scheduler, keys, width) => {
          const queue = new KeyedQueue<number>(width)
          const busy = new Set<number>()
          const order = new Map<number, number[]>()
          const added = keys.map((key, i) =>
            queue.add(key, async () => {
              expect(busy.has(key)).toBe(false)
              busy.add(key)
              expect(busy.size).toBeLessThanOrEqual(width)
              expect(queue.running).toBe(busy.size)
              order.set(key, [...(order.get(key) ?? []), i])
              await scheduler.schedule(Promise.resolve())
              busy.delete(key)
              return i
            }),
          )
          const idle = queue.idle()
          await scheduler.waitFor(idle)
          expect(await Promise.all(added)).toEqual(keys.map((_, i) => i))
          for (const done of order.values()) expect(done).toEqual(done.toSorted((a, b) => a - b))
          expect(queue.queued).toBe(0)
          expect(queue.running).toBe(0)
        },
      ),
    )
  })

  it('keeps no key from its turn', async () => {
    const queue = new KeyedQueue<string>(1)
    const ran: string[] = []
    const add = (key: string, name: string) => queue.add(key, async () => void ran.push(name))
    void add('a', 'a1')
    void add('a', 'a2')
    void add('a', 'a3')
    void add('b', 'b1')
    void add('c', 'c1')
    expect(queue.queued).toBe(4)
    await queue.idle()
    expect(ran).toEqual(['a1', 'b1', 'c1', 'a2', 'a3'])
  })

  it('goes on after a task that fails, however it does', async () => {
    const queue = new KeyedQueue<string>(1)
    const rejecting = queue.add('a', () => Promise.reject(new Error('later')))
    const throwing = queue.add('a', () => {
      throw new Error('at once')
    })
    const working = queue.add('a', async () => 7)
    await expect(rejecting).rejects.toThrow('later')
    await expect(throwing).rejects.toThrow('at once')
    expect(await working).toBe(7)
    await queue.idle()
  })

  it('runs what a task adds, and is idle only after that', async () => {
    const queue = new KeyedQueue<string>(2)
    let done = 0
    const again = async (): Promise<void> => {
      if (++done < 5) void queue.add('a', again)
    }
    void queue.add('a', again)
    await queue.idle()
    expect(done).toBe(5)
    await queue.idle()
  })
})
