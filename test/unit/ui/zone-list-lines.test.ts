import {expect, it} from 'vitest'
import {jsonArray, zoneListRows, zoneTable} from '../../../src/lib/ui/zone-list-lines.js'
import type {Stored} from '../../../src/lib/zone/version.js'
import {stored, tombstoneOf, versionOf} from '../../support/versions.js'

const NAMES = ['c', 'a', 'b', 'z', 'y', 'x']
const DELETED = 'gone.test'

async function collected<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const each of from) found.push(each)
  return found
}

async function* states(): AsyncGenerator<Stored> {
  for (const [i, name] of NAMES.entries()) yield stored(versionOf(`${name}.test`), i + 1)
  yield stored(tombstoneOf(DELETED), 99)
}

const all = {deleted: false}

it('few zones are in the order of their names, with the deleted ones where they are wanted', async () => {
  const [head = '', ...lines] = (await collected(zoneTable(zoneListRows(states(), all)))).flat()
  expect(head).toMatch(/^ZONE +SERIAL +RECORDS +SIGNED +SINCE$/)
  expect(lines.map((line) => line[0])).toEqual(['a', 'b', 'c', 'x', 'y', 'z'])
  const rows = (await collected(zoneListRows(states(), {deleted: true}))).flat()
  expect(rows.find(({state}) => state === 'deleted')).toMatchObject({zone: `${DELETED}.`, revision: 99})
})

it('of many only the first are put in order, and no line waits for the last zone', async () => {
  let read = 0
  async function* counted(): AsyncGenerator<Stored> {
    for await (const state of states()) {
      read++
      yield state
    }
  }
  const table = zoneTable(zoneListRows(counted(), {deleted: false, sorted: 3}))
  const {value: first} = await table.next()
  expect(read).toBe(3)
  const rest = (await collected(table)).flat()
  const lines = [...(first ?? []), ...rest]
  expect(lines.map((line: string) => line[0])).toEqual(['Z', 'a', 'b', 'c', 'z', 'y', 'x'])
  expect(new Set(lines.map((line: string) => line.indexOf('no')).slice(1)).size).toBe(1)
})

it('none are a head alone, and as JSON an array all the same', async () => {
  async function* nothing(): AsyncGenerator<Stored> {}
  expect((await collected(zoneTable(zoneListRows(nothing(), all)))).flat()).toHaveLength(1)
  const text = async (from: AsyncIterable<Stored>, sorted: number) =>
    (await collected(jsonArray(zoneListRows(from, {...all, sorted})))).join('')
  expect(await text(nothing(), 3)).toBe('[]\n')
  for (const sorted of [3, 6, 100]) {
    const rows = JSON.parse(await text(states(), sorted)) as Array<{zone: string}>
    expect(rows.map(({zone}) => zone).sort()).toEqual([...NAMES].sort().map((name) => `${name}.test.`))
  }
})
