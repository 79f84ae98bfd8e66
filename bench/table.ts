import {type RowResult, type Summary, summaries} from './results.js'

const HEADS = ['row', 'how', 'n', 'p50', 'p95', 'p99', 'p50 / floor', 'p99 / floor', 'late', 'note']

/** A Markdown table of all rows, and below it the targets. */
export function markdown(rows: readonly RowResult[]): string {
  const cells = rows.flatMap((row) => summaries(row).map((way) => cellsOf(row, way)))
  const targets = rows.flatMap(({row, targets}) =>
    targets.map(
      ({what, value, atMost, met}) =>
        `- ${met ? 'met' : '**missed**'}: ${row}, ${what} ${value.toFixed(2)}, at most ${atMost}`,
    ),
  )
  return [line(HEADS), line(HEADS.map(() => '---')), ...cells.map(line), '', ...targets, ''].join('\n')
}

function cellsOf({row, unit}: RowResult, way: Summary): string[] {
  const figure = (value: number) => (Number.isNaN(value) ? '-' : `${digits(value)}${unitOf(unit)}`)
  const ratio = (value: number | undefined) =>
    value === undefined || Number.isNaN(value) ? '' : value.toFixed(2)
  return [
    row,
    way.name,
    String(way.n),
    figure(way.p50),
    figure(way.p95),
    figure(way.p99),
    ratio(way.ratio50),
    ratio(way.ratio99),
    way.lost === undefined ? '' : String(way.lost),
    way.note ?? '',
  ]
}

function unitOf(unit: RowResult['unit']): string {
  return unit === 'count' ? '' : ` ${unit}`
}

function digits(value: number): string {
  return value < 100 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0)
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
