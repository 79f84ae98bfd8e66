import {printable} from '../printable.js'

export type Color = 'green' | 'cyan' | 'yellow' | 'red' | 'gray'

/** A piece of a line. What it says is printed as it is: text from elsewhere goes through `said`. */
export interface Span {
  text: string
  color?: Color
  bold?: boolean
  inverse?: boolean
}

/** One line of the screen; what does not fit is cut off. */
export type Line = readonly Span[]

export const EMPTY: Line = [{text: ' '}]

/** An empty one is a line, too. */
export function plain(text: string): Line {
  return [{text: text || ' '}]
}

export function title(text: string): Line {
  return [{text, bold: true}]
}

/** Text from another machine. */
export function said(text: string): string {
  return printable(text)
}

export function widthOf(line: Line): number {
  return line.reduce((width, {text}) => width + text.length, 0)
}

/** The two with so much space between them that the second ends at the right; it is left out where there is no room. */
export function spread(left: Line, right: Line, columns: number): Line {
  const space = columns - widthOf(left) - widthOf(right)
  return space < 1 ? left : [...left, {text: ' '.repeat(space)}, ...right]
}

/** As many of the lines as there is room for; the last one says how many more there are. */
export function upTo(lines: readonly Line[], rows: number): readonly Line[] {
  if (lines.length <= rows) return lines
  if (rows <= 0) return []
  const shown = lines.slice(0, rows - 1)
  return [...shown, [{text: `  +${lines.length - shown.length} more`, color: 'gray'}]]
}
