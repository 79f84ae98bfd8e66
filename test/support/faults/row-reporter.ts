import type {Reporter, TestCase} from 'vitest/node'
import {lineOf} from './row.js'

/** Prints one line for each row of the fault table, as soon as it is done. */
export default class RowReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const {row} = test.meta()
    if (row) process.stdout.write(`${lineOf(test.name, row)}\n`)
  }
}
