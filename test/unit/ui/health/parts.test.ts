import {expect, it} from 'vitest'
import {deal} from '../../../../src/lib/ui/health/layout.js'
import {plotLines} from '../../../../src/lib/ui/health/plot.js'
import {resyncWords} from '../../../../src/lib/ui/health/resync-words.js'

const texts = (lines: ReturnType<typeof plotLines>) =>
  lines.map((line) => line.map(({text}) => text).join(''))
const part = (p50: number, p99: number) => ({count: 1, p50, p99})

it('room is given to what needs it least, then to the first', () => {
  const blocks = [
    {least: 1, most: 5},
    {least: 3, most: 100},
    {least: 2, most: 2},
  ]
  expect(deal(blocks, 20)).toEqual([5, 13, 2])
  expect(deal(blocks, 7)).toEqual([2, 3, 2])
  expect(deal(blocks, 3)).toEqual([1, 2, 0])
})

it('the plot is logarithmic, full to the median and shaded to the 99th percentile', () => {
  const series = [part(1, 100), undefined, part(100, 100), part(1, 1)]
  expect(texts(plotLines(series, {columns: 40, rows: 2}))).toEqual([' 100 ms |░ █ ', '   1 ms |░ █▁'])
})

it('the plot merges parts where there are more than columns, and keeps the worst', () => {
  const series = Array.from({length: 120}, (_, index) => (index === 5 ? part(1000, 1000) : part(1, 1)))
  const [top = ''] = texts(plotLines(series, {columns: 69, rows: 3}))
  expect(top).toMatch(/^ {4}1 s \| {2}█ +$/)
  expect(top.length).toBe(69)
})

it('a resync is told in one line', () => {
  const outcome = {secondary: 'ns1', state: 'equal', zones: 12, changes: [1], left: []}
  expect(resyncWords(outcome)).toBe('ns1 serves what the store has: 12 zones, 1 put right')
  expect(resyncWords({...outcome, state: 'differs', left: [1, 2]})).toContain('2 of 12 zones still differ')
})
