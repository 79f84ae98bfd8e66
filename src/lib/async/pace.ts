import {sleep} from './abort.js'
import {jittered} from './jitter.js'

export interface PaceOptions<T> {
  /** What to visit in one round. */
  items(): readonly T[]
  /** What failed cost nothing but waiting: it is no reason to rest. */
  visit(item: T): Promise<'done' | 'failed'>
  /** How long one round is to take. */
  everyMs: number
  signal: AbortSignal
}

/** Of the time that is spent on visits, at least this many times as much is not. */
const REST = 19
/** But no visit makes the next one wait for more than so many rounds. */
const MOST = 10
const AFTER_FAILURE_MS = 1000

/**
 * Visits all items one after the other, round after round, spread evenly over `everyMs`; a round takes longer where more than a
 * twentieth of the time would be spent on it. Resolves when aborted, rejects as `visit` does.
 */
export async function pace<T>({items, visit, everyMs, signal}: PaceOptions<T>): Promise<void> {
  while (!signal.aborted) {
    const round = items()
    const share = everyMs / Math.max(1, round.length)
    if (round.length === 0) await rest(share, signal)
    for (const item of round) {
      if (signal.aborted) return
      const began = performance.now()
      const outcome = await visit(item)
      const spent = performance.now() - began
      const least =
        outcome === 'failed' ? Math.min(everyMs, AFTER_FAILURE_MS) : Math.min(spent * REST, everyMs * MOST)
      await rest(Math.max(share - spent, least), signal)
    }
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(jittered(ms), signal).catch(() => undefined)
}
