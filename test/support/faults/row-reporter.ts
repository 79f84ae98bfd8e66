import type {Reporter, TestCase} from 'vitest/node'
import {lineOf} from './row.js'

/** Prints one line for each row of the fault table, as soon as it is done, and one for each thing that was wrong. */
export default class RowReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const {row} = test.meta()
    if (!row) return
    const found = [...row.differences, ...row.wrong, ...row.dead.map((part) => `${part} is dead`)]
    process.stdout.write([lineOf(test.name, row), ...found.map((line) => `  ${line}`), ''].join('\n'))
  }
}
