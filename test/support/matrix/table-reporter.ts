import type {Reporter, TestCase, TestModule} from 'vitest/node'
import {type Result, tableOf} from './table.js'

/** Ends the run with the table of what was tried, for docs/compatibility.md. */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    process.stdout.write(`\n${tableOf(tests.flatMap(resultOf))}`)
  }
}

function resultOf(test: TestCase): Result[] {
  const {matrix} = test.meta()
  if (!matrix) return []
  // Where a lab did not start, its tests count as skipped, and the failure is their suite's.
  const isFailed = test.parent.type === 'suite' && test.parent.errors().length > 0
  return [{name: test.name, state: isFailed ? 'failed' : test.result().state, matrix}]
}
