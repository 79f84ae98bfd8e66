import {isAbortOf, sleep} from '../async/abort.js'
import {backoff} from '../async/backoff.js'
import {asError} from './errors.js'

export interface ForeverOptions {
  /** Told why the work ended and that it begins again. */
  onRestart(error: Error): void
  signal: AbortSignal
}

/**
 * Begins `work` again whenever it ends or fails: soon where it was of use, which it says by calling `useful`, else later and
 * later. Resolves when aborted.
 */
export async function forever(
  {onRestart, signal}: ForeverOptions,
  work: (useful: () => void) => Promise<void>,
): Promise<void> {
  let delays = newDelays()
  let isFresh = true
  const useful = () => {
    // With every message: only what was used up is made anew.
    if (!isFresh) delays = newDelays()
    isFresh = true
  }
  while (!signal.aborted) {
    try {
      await work(useful)
      if (!signal.aborted) onRestart(new Error('the broker ended the consumer'))
    } catch (error) {
      if (isAbortOf(signal, error)) return
      onRestart(asError(error))
    }
    isFresh = false
    await sleep(delays.next().value, signal).catch(() => undefined)
  }
}

function newDelays() {
  return backoff({firstMs: 100, maxMs: 5000})
}
