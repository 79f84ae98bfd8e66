import {expect, test} from 'vitest'
import {mergeSorted} from '../../../src/lib/async/merge.js'

async function* from(numbers: readonly number[], ended?: () => void): AsyncGenerator<number> {
  try {
    yield* numbers
  } finally {
    ended?.()
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const asIs = (item: number) => item

test('streams in order become one in order', async () => {
  const merged = await all(mergeSorted([from([1, 4, 9]), from([]), from([2, 3, 10, 11])], asIs))
  expect(merged).toEqual([1, 2, 3, 4, 9, 10, 11])
})

test('of equal ones those of the earlier source come first', async () => {
  async function* named(name: string) {
    yield {name, at: 1}
    yield {name, at: 1}
  }
  const merged = await all(mergeSorted([named('a'), named('b')], ({at}) => at))
  expect(merged.map(({name}) => name).join('')).toBe('aabb')
})

test('who leaves early ends the sources', async () => {
  let ended = 0
  const count = () => ended++
  for await (const item of mergeSorted([from([1, 5], count), from([2], count)], asIs)) if (item === 2) break
  expect(ended).toBe(2)
})

test('the failure of one fails all, and ends the others', async () => {
  let ended = 0
  async function* failing(): AsyncGenerator<number> {
    yield 1
    throw new Error('broken')
  }
  const merged = mergeSorted([failing(), from([2, 3], () => ended++)], asIs)
  await expect(all(merged)).rejects.toThrow('broken')
  expect(ended).toBe(1)
})
