import {defineConfig} from 'vitest/config'
import './vitest.config.js'

/** The whole fault table: `npm run test:faults`. A part of it is among the integration tests. */
export default defineConfig({
  test: {
    environment: 'node',
    restoreMocks: true,
    reporters: ['default', './test/support/faults/row-reporter.ts', './test/support/tally-reporter.ts'],
    include: ['test/faults/**/*.test.ts'],
    // One topology at a time: two cores carry no more, and a row is to show what its fault does.
    fileParallelism: false,
    retry: 0,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
})
