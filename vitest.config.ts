import {defineConfig} from 'vitest/config'

const common = {environment: 'node', restoreMocks: true} as const

export default defineConfig({
  test: {
    reporters: ['default', './test/support/tally-reporter.ts'],
    projects: [
      {test: {...common, name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], testTimeout: 20_000}},
      {
        test: {
          ...common,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // Every file starts real servers; two cores carry one topology at a time.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
