import {defineConfig} from 'vitest/config'
import './vitest.config.js'

/** The Debian packages in Debian systems: `npm run test:packages`. Needs root, debootstrap, systemd-container and lintian. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/packages/**/*.test.ts'],
    globalSetup: './test/support/packages/setup.ts',
    // One system at a time: the daemons of all of them are on the same loopback.
    fileParallelism: false,
    retry: 0,
    testTimeout: 300_000,
    hookTimeout: 900_000,
  },
})
