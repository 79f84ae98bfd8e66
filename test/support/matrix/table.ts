/** A test's part of the table: which row it is about, and what it adds to it. */
export interface MatrixMeta {
  columns: readonly string[]
  /** Findings of `pdist doctor` that are no `ok`. */
  doctor?: readonly string[]
  skipped?: string
}

declare module 'vitest' {
  interface TaskMeta {
    matrix?: MatrixMeta
  }
}

export interface Result {
  name: string
  state: 'passed' | 'failed' | 'skipped' | 'pending'
  matrix: MatrixMeta
}

const HEAD = ['nats-server', 'primary', 'secondary', 'result', '`pdist doctor`']

/** The table in Markdown, a line for each combination. What was skipped is no success. */
export function tableOf(results: readonly Result[]): string {
  const rows = Map.groupBy(results, ({matrix}) => matrix.columns.join(' | '))
  const lines = [...rows].map(([columns, row]) => {
    const doctor = row.flatMap(({matrix}) => matrix.doctor ?? [])
    return `| ${columns} | ${resultOf(row)} | ${doctor.join('; ')} |`
  })
  return [`| ${HEAD.join(' | ')} |`, `|${' --- |'.repeat(HEAD.length)}`, ...lines, ''].join('\n')
}

function resultOf(row: readonly Result[]): string {
  const count = (state: Result['state']) => row.filter((test) => test.state === state)
  const failed = count('failed')
  if (failed.length > 0) return `FAILED: ${failed.map(({name}) => name).join('; ')}`
  const passed = count('passed').length
  if (passed === row.length) return `${passed} of ${passed}`
  const [because = 'nobody asked for it'] = row.flatMap(({matrix}) => matrix.skipped ?? [])
  return passed === 0 ? `NOT TRIED: ${because}` : `ONLY ${passed} of ${row.length} tried`
}
