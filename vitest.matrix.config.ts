import {defineConfig} from 'vitest/config'
import './vitest.config.js'

/** Several versions of nats-server and PowerDNS: `npm run test:matrix`. Needs root and debootstrap. */
export default defineConfig({
  test: {
    environment: 'node',
    reporters: ['verbose', './test/support/matrix/table-reporter.ts', './test/support/tally-reporter.ts'],
    include: ['test/matrix/**/*.test.ts'],
    globalSetup: './test/support/matrix/setup.ts',
    // One topology at a time: two cores carry no more.
    fileParallelism: false,
    retry: 0,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
