import {accessSync, constants, statfsSync} from 'node:fs'
import {defineConfig} from 'vitest/config'
import {LongestFirst} from './test/support/longest-first.js'

const MEMORY_DISK = '/dev/shm'
const ROOM_BYTES = 4 * 1024 ** 3

// Three databases and a broker that all sync to one busy disk are most of a run's time, and no test is about the disk.
if (!process.env.TMPDIR && hasRoom(MEMORY_DISK)) process.env.TMPDIR = MEMORY_DISK

function hasRoom(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    const {bavail, bsize} = statfsSync(directory)
    return bavail * bsize >= ROOM_BYTES
  } catch {
    return false
  }
}

// Every integration file starts real servers, and mostly waits for them: two at a time are the most for two cores.
// The runner mixes the unit tests with them only where all have the same limit.
const common = {environment: 'node', restoreMocks: true, maxWorkers: 2} as const

export default defineConfig({
  test: {
    reporters: ['default', './test/support/faults/row-reporter.ts', './test/support/tally-reporter.ts'],
    sequence: {sequencer: LongestFirst},
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          // Nothing that they test keeps state in a module: to load all modules once for each file took half of the time.
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          ...common,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // Deadlines are generous, but a machine that others use can stand still for longer. A fault fails twice.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
