import {expect, it} from 'vitest'
import {bytes, duration} from '../../../../src/lib/ui/health/format.js'
import {deal} from '../../../../src/lib/ui/health/layout.js'
import {plotLines} from '../../../../src/lib/ui/health/plot.js'
import {resyncWords} from '../../../../src/lib/ui/health/resync-words.js'

const texts = (lines: ReturnType<typeof plotLines>) =>
  lines.map((line) => line.map(({text}) => text).join(''))
const part = (p50: number, p99: number) => ({count: 1, p50, p99})

it('durations and sizes are short', () => {
  const found = [0, 0.44, 9.96, 14, 999.4, 999.6, 9949, 12_345, 60_000, 5_940_000, 18_000_000, 259_200_000]
  expect(found.map(duration)).toEqual([
    ...[
      '0 s',
      '0.4 ms',
      '10 ms',
      '14 ms',
      '999 ms',
      '1.0 s',
      '9.9 s',
      '12 s',
      '1 min',
      '99 min',
      '5 h',
      '3 d',
    ],
  ])
  expect([0, 1023, 2048, 1024 ** 2 * 250].map(bytes)).toEqual(['0 B', '1023 B', '2.0 KiB', '250 MiB'])
})

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
