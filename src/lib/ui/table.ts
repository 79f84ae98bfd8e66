import {printable} from './printable.js'

/** A column's head and how its cells are aligned. */
export interface Column {
  head: string
  align?: 'left' | 'right'
}

const GAP = '  '

/** Lines of a plain table, as wide as its cells; the last column is not padded. */
export function tableLines(columns: readonly Column[], cells: ReadonlyArray<readonly string[]>): string[] {
  const widths = widthsOf(columns, cells)
  const heads = columns.map(({head}) => head)
  return [heads, ...cells].map((row) => lineOf(columns, widths, row))
}

/** As `tableLines`, a batch at a time, for more rows than are to be held: as wide as the first of them. */
export async function* streamedTable(
  columns: readonly Column[],
  batches: AsyncIterable<ReadonlyArray<readonly string[]>>,
): AsyncGenerator<string[]> {
  let widths: number[] | undefined
  for await (const batch of batches) {
    const known = widths ?? widthsOf(columns, batch)
    const heads = widths ? [] : [columns.map(({head}) => head)]
    widths = known
    yield [...heads, ...batch].map((row) => lineOf(columns, known, row))
  }
}

function widthsOf(columns: readonly Column[], cells: ReadonlyArray<readonly string[]>): number[] {
  return columns.map(({head}, index) =>
    cells.reduce((width, row) => Math.max(width, printable(row[index] ?? '').length), head.length),
  )
}

function lineOf(columns: readonly Column[], widths: readonly number[], row: readonly string[]): string {
  return columns
    .map(({align = 'left'}, index) => {
      const [cell, width] = [printable(row[index] ?? ''), widths[index] ?? 0]
      return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
    })
    .join(GAP)
    .trimEnd()
}
