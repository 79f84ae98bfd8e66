/** What one row of the fault table found. */
export interface RowResult {
  /** From the end of the fault or of the changes, whichever was later, until everything was equal, in seconds. */
  seconds: number
  changes: number
  /** Calls that were not answered while the fault lasted, or with an error. */
  failures: number
  /** What differed when the time was over. */
  differences: readonly string[]
  /** What was served that the primary cannot have had. */
  wrong: readonly string[]
  /** Answers that were looked at. */
  answers: number
  /** The longest time for which an answer was older than one before it, in milliseconds. */
  longestBackMs: number
  seed: number
  /** Parts that were not running at the end. */
  dead: readonly string[]
}

declare module 'vitest' {
  interface TaskMeta {
    row?: RowResult
  }
}

/** `fault: right after 1.2 s, 240 changes, 0 differences, 0 wrong of 9000 answers (seed 5)`. */
export function lineOf(fault: string, row: RowResult): string {
  const right = row.differences.length === 0 ? `right after ${row.seconds.toFixed(1)} s` : 'NOT RIGHT'
  const back = row.longestBackMs > 0 ? `, back for ${Math.ceil(row.longestBackMs)} ms` : ''
  return [
    `${fault}: ${right}`,
    `${row.changes} changes (${row.failures} failed)`,
    `${row.differences.length} differences`,
    `${row.wrong.length} wrong of ${row.answers} answers${back} (seed ${row.seed})`,
  ].join(', ')
}
