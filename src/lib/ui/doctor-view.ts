import type {CheckResult, Result} from '../doctor/check.js'
import type {DoctorReport} from '../doctor/examine.js'
import {printable} from './printable.js'

export interface DoctorViewOptions {
  /** Only what is neither ok nor skipped. */
  quiet?: boolean
  /** Lines are broken there; absent: never, as for `grep`. */
  columns?: number | undefined
  /** Colors, where they are wanted. */
  paint?(result: Result, text: string): string
}

const LABEL_WIDTH = 'problem'.length + 2
const INDENT = '  '
const LEAST_COLUMNS = 40

/** A report by themes, each check with its finding, and below it the way out. */
export function doctorLines(report: DoctorReport, options: DoctorViewOptions = {}): string[] {
  const {quiet = false} = options
  const shown = joined(report.checks).filter(
    ({result}) => !quiet || result === 'warning' || result === 'problem',
  )
  const lines: string[] = []
  let theme: string | undefined
  for (const check of shown) {
    if (check.theme !== theme) lines.push(...(lines.length > 0 ? [''] : []), check.theme)
    theme = check.theme
    lines.push(...checkLines(check, options))
  }
  if (quiet && shown.length === 0) return []
  return [...lines, ...(lines.length > 0 ? [''] : []), summaryLine(report)]
}

/** What of a theme is skipped for one reason, is said once. */
function joined(checks: readonly CheckResult[]): CheckResult[] {
  const shown: CheckResult[] = []
  for (const check of checks) {
    const last = shown.at(-1)
    const isSame = last?.result === 'skipped' && last.theme === check.theme && last.finding === check.finding
    if (isSame && check.result === 'skipped') {
      shown[shown.length - 1] = {...last, id: `${last.id}, ${nameOf(check)}`}
    } else shown.push(check)
  }
  return shown
}

function nameOf({id}: CheckResult): string {
  return id.slice(id.indexOf('.') + 1)
}

/** One check: what it found, and what to do. */
export function checkLines(check: CheckResult, options: DoctorViewOptions): string[] {
  const {columns, paint = (_, text) => text} = options
  const {result, about, finding, fix} = check
  const name = nameOf(check)
  const subject = about === undefined ? name : `${name} (${about})`
  const margin = INDENT + ' '.repeat(LABEL_WIDTH)
  const broken = wrapped(printable(`${subject}: ${finding}`), columns && columns - margin.length)
  const [first = '', ...rest] = broken
  const steps = fix === undefined ? [] : wrapped(printable(fix), columns && columns - margin.length - 3)
  return [
    `${INDENT}${paint(result, result)}${' '.repeat(LABEL_WIDTH - result.length)}${first}`,
    ...rest.map((line) => margin + line),
    ...steps.map((line, index) => `${margin}${index === 0 ? '-> ' : '   '}${line}`),
  ]
}

/** `2 problems, 1 warning, 30 ok, 1 skipped` */
export function summaryLine({counts}: Pick<DoctorReport, 'counts'>): string {
  const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  const parts = [
    plural(counts.problem, 'problem'),
    plural(counts.warning, 'warning'),
    ...(counts.note > 0 ? [plural(counts.note, 'note')] : []),
    `${counts.ok} ok`,
    ...(counts.skipped > 0 ? [`${counts.skipped} skipped`] : []),
  ]
  return parts.join(', ')
}

function wrapped(text: string, columns: number | undefined): string[] {
  if (columns === undefined) return [text]
  const width = Math.max(columns, LEAST_COLUMNS)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
