import {withTimeout} from '../async/abort.js'
import type {Happening} from '../zone/happening.js'
import type {System} from './system.js'

/** More than this is not looked back at: a view of the last minutes is not worth a long wait. */
const MOST = 20_000
const MOST_MS = 2000

/** What happened since then, milliseconds since 1970 by the broker's clock, as far as it can be read quickly. */
export async function recall(
  system: System,
  since: number,
  take: (happening: Happening) => void,
  signal: AbortSignal,
): Promise<void> {
  let taken = 0
  try {
    await withTimeout(MOST_MS, signal, async (inTime) => {
      for await (const happening of system.history.read({zone: '>', since}, inTime, system.ignoring)) {
        take(happening)
        if (++taken >= MOST) return
      }
    })
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof DOMException && error.name === 'TimeoutError')) throw error
  }
}
