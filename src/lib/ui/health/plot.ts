import {duration} from '../../figures.js'
import type {Percentiles} from '../../sync/watch/sliding-percentiles.js'
import type {Line} from './text.js'

const BLOCKS = ' ▁▂▃▄▅▆▇█'
const LEVELS = 8
const LEAST_MS = 1
const LABEL = 7

/**
 * One column for each part, on a logarithmic scale: full up to the median, shaded up to the 99th percentile. The parts are
 * merged where there are more of them than columns.
 */
export function plotLines(
  series: ReadonlyArray<Percentiles | undefined>,
  {columns, rows}: {columns: number; rows: number},
): Line[] {
  const room = Math.max(1, columns - LABEL - 2)
  const parts = merged(series, Math.ceil(series.length / room))
  const most = parts.reduce((top, part) => Math.max(top, part?.p99 ?? 0), 10 * LEAST_MS)
  const top = 10 ** Math.ceil(Math.log10(most))
  const level = (ms: number) =>
    (Math.log(Math.max(ms, LEAST_MS) / LEAST_MS) / Math.log(top / LEAST_MS)) * rows * LEVELS
  const heights = parts.map((part) => part && {p50: level(part.p50), p99: Math.max(1, level(part.p99))})
  return Array.from({length: rows}, (_, index) => {
    const row = rows - 1 - index
    const cells = heights.map((height) => (height ? cell(height, row * LEVELS) : ' ')).join('')
    const label = index === 0 ? duration(top).replace('.0 ', ' ') : row === 0 ? '1 ms' : ''
    return [
      {text: `${label.padStart(LABEL)} |`, color: 'gray'},
      {text: cells, color: 'cyan'},
    ]
  })
}

function cell({p50, p99}: {p50: number; p99: number}, from: number): string {
  if (p50 >= from + LEVELS) return '█'
  if (p99 >= from + LEVELS) return '░'
  return BLOCKS[Math.max(0, Math.min(LEVELS, Math.round(p99 - from)))] ?? ' '
}

/** Of each group the worst. */
function merged(
  series: ReadonlyArray<Percentiles | undefined>,
  size: number,
): Array<Percentiles | undefined> {
  const groups: Array<Percentiles | undefined> = []
  for (let at = 0; at < series.length; at += size) {
    const worst = series
      .slice(at, at + size)
      .reduce((a, b) => (!a || (b && b.p99 > a.p99) ? b : a), undefined)
    groups.push(worst)
  }
  return groups
}
