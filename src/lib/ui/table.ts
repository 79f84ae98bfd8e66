import {printable} from './printable.js'

/** A column's head and how its cells are aligned. */
export interface Column {
  head: string
  align?: 'left' | 'right'
}

const GAP = '  '

/** Lines of a plain table, as wide as its cells; the last column is not padded. */
export function tableLines(columns: readonly Column[], cells: ReadonlyArray<readonly string[]>): string[] {
  const rows = cells.map((row) => row.map(printable))
  const widths = columns.map(({head}, index) =>
    rows.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), head.length),
  )
  const line = (row: readonly string[]) =>
    columns
      .map(({align = 'left'}, index) => {
        const [cell, width] = [row[index] ?? '', widths[index] ?? 0]
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join(GAP)
      .trimEnd()
  return [line(columns.map(({head}) => head)), ...rows.map(line)]
}
