import {type Color, type Line, said} from './text.js'

/** A column of a table whose narrow columns give way to what matters more. */
export interface TableColumn<T> {
  head: string
  align?: 'left' | 'right'
  /** The higher, the sooner it is left out where there is no room; 0 never is. */
  spare: number
  cell(row: T): string
  /** What the table can be sorted by; without it, not by this column. */
  by?(row: T): number | string
}

const GAP = '  '
const MARK = '> '

/** The columns for which there is room, with their widths, which are those of all rows so that nothing moves when scrolled. */
export function fitColumns<T>(
  columns: ReadonlyArray<TableColumn<T>>,
  rows: readonly T[],
  {room, sorted}: {room: number; sorted?: string | undefined},
): Array<{column: TableColumn<T>; width: number}> {
  const fitted = columns.map((column) => ({
    column,
    width: rows.reduce(
      (width, row) => Math.max(width, said(column.cell(row)).length),
      // Its mark has room, too.
      column.head.length + (column.head === sorted ? 1 : 0),
    ),
  }))
  const needed = () => MARK.length + fitted.reduce((sum, {width}) => sum + width + GAP.length, -GAP.length)
  while (needed() > room) {
    const spare = Math.max(...fitted.map(({column}) => column.spare))
    if (spare === 0) break
    fitted.splice(
      fitted.findLastIndex(({column}) => column.spare === spare),
      1,
    )
  }
  return fitted
}

type Fitted<T> = ReturnType<typeof fitColumns<T>>

/** The heads; that of the column by which the rows are sorted is marked. */
export function headLine<T>(fitted: Fitted<T>, sorted?: {head: string; reverse: boolean}): Line {
  const cells = fitted.map(({column, width}) => {
    const mark = column.head === sorted?.head ? (sorted.reverse ? '^' : 'v') : ''
    return align(`${column.head}${mark}`, width, column.align)
  })
  return [{text: `${' '.repeat(MARK.length)}${cells.join(GAP)}`, bold: true}]
}

/** One row as wide as the table; the selected one is marked, and inverse where there are colors. */
export function rowLine<T>(
  fitted: Fitted<T>,
  row: T,
  {color, selected, columns}: {color?: Color; selected: boolean; columns: number},
): Line {
  const cells = fitted.map(({column, width}) => align(said(column.cell(row)), width, column.align))
  const text = `${selected ? MARK : ' '.repeat(MARK.length)}${cells.join(GAP)}`
  const look = {...(color ? {color} : {}), ...(selected ? {inverse: true} : {})}
  return [{text: selected ? text.padEnd(columns) : text, ...look}]
}

/** Where a list of so many rows begins to be shown, so that the selected one is in sight. */
export function firstShown(selected: number, total: number, rows: number): number {
  return Math.max(0, Math.min(total - rows, selected - Math.floor(rows / 2)))
}

function align(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  return side === 'right' ? text.padStart(width) : text.padEnd(width)
}
