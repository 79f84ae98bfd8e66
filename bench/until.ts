import {setTimeout as sleep} from 'node:timers/promises'

const PATIENCE_MS = 1_800_000

/** Asks again and again until it holds. */
export async function until(
  holds: () => Promise<boolean>,
  signal: AbortSignal,
  ms = PATIENCE_MS,
): Promise<void> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(ms)])
  while (!(await holds())) await sleep(100, undefined, {signal: either})
}
