import {defineConfig} from 'vitest/config'
import './vitest.config.js'

/** Metrics, alerts and dashboard: `npm run test:monitoring`. Needs promtool, of Debian's package `prometheus`. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/monitoring/**/*.test.ts', 'test/unit/monitoring/**/*.test.ts'],
    retry: 0,
    testTimeout: 300_000,
  },
})
