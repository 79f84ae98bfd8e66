import {sleep} from '../../lib/async/abort.js'
import {watchZones} from '../../lib/broker/zone-feed.js'
import {ignoring, restarting} from '../broker.js'
import type {SyncerContext, SyncerParts} from './parts.js'

const LOOK_EVERY_MS = 500
const MANY = 500

/**
 * While many states wait in the broker, a change that is made now would wait for all of them: then it is heard of besides, and
 * goes first. `waiting` tells how many there are. Resolves when aborted.
 */
export async function hurryWhatIsNew(
  context: SyncerContext,
  {broker, syncer}: SyncerParts,
  waiting: () => number,
  signal: AbortSignal,
): Promise<void> {
  const watch = {onMalformed: ignoring(context), onRestart: restarting(context, 'new zones')}
  while (!signal.aborted) {
    await sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
    if (signal.aborted || waiting() < MANY) continue
    const caughtUp = new AbortController()
    const ending = AbortSignal.any([signal, caughtUp.signal])
    const watching = watchZones(broker, {...watch, signal: ending}, (zone) => syncer.hurry(zone))
    while (!signal.aborted && waiting() >= MANY) await sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
    caughtUp.abort()
    await watching
  }
}
