import {vi} from 'vitest'

/**
 * Runs `check` again and again until it does not throw, and returns what it returned. Throws its last error when `ms`
 * milliseconds have passed: generous, since a busy machine is no failure.
 */
export function eventually<T>(check: () => T | Promise<T>, ms = 60_000): Promise<T> {
  return vi.waitFor(check, {timeout: ms, interval: 20})
}
