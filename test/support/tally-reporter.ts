import {writeSync} from 'node:fs'
import type {Reporter, TestModule} from 'vitest/node'

export interface Tally {
  passed: number
  failed: number
}

/** Counts tests. A file that could not be run is one failure: its tests are unknown, and it must not look like none. */
export function tally(modules: readonly TestModule[]): Tally {
  const count = {passed: 0, failed: 0}
  for (const module of modules) {
    const before = count.failed
    for (const test of module.children.allTests()) {
      const {state} = test.result()
      if (state === 'passed' || state === 'failed') count[state] += 1
    }
    if (module.state() === 'failed' && count.failed === before) count.failed += 1
  }
  return count
}

/** Ends the run's output with `N passed, N failed`, for machines that read the last line. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const {passed, failed} = tally(modules)
    // At the very end, after everything that the runner and the other reporters still have to say.
    process.once('exit', () => {
      writeSync(process.stdout.fd, `${passed} passed, ${failed + unhandled.length} failed\n`)
    })
  }
}
