import {sleep} from '../../async/abort.js'
import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import {RepairBackoff} from '../compare/repair-backoff.js'
import type {Repairs} from './repairs.js'

export interface SigningAnewOptions {
  /** Zones whose state in the store is not signed by one of the zone-providers, as far as is known. */
  unsigned(): ReadonlySet<ZoneName>
  repairs: Pick<Repairs, 'run'>
  log: Logger
  /** Milliseconds since 1970. */
  now(): number
}

const AT_ONCE = 50
const LOOK_EVERY_MS = 1000

/**
 * Has everything in the store signed that is not: what was stored before signing was switched on, or with a key that was replaced.
 * It rests as long as it works. Resolves when aborted.
 */
export async function signAnew(options: SigningAnewOptions, signal: AbortSignal): Promise<void> {
  const {unsigned, repairs, log, now} = options
  const backoff = new RepairBackoff()
  let busy = false
  while (!signal.aborted) {
    backoff.keepOnly(unsigned())
    const due = dueOf(unsigned(), backoff, now())
    if (due.length > 0 && !busy)
      log.info({event: 'store.unsigned', count: unsigned().size}, 'signs anew what is not signed')
    busy = due.length > 0
    const began = performance.now()
    await repairs.run(
      due.map((zone) => ({zone, gone: false})),
      'signing',
      signal,
    )
    const rest = due.length > 0 ? performance.now() - began : LOOK_EVERY_MS
    await sleep(rest, signal).catch(() => undefined)
  }
}

function dueOf(zones: ReadonlySet<ZoneName>, backoff: RepairBackoff, now: number): ZoneName[] {
  const due: ZoneName[] = []
  for (const zone of zones) {
    if (due.length === AT_ONCE) break
    if (!backoff.isDue(zone, 'signing', now)) continue
    backoff.tried(zone, 'signing', now)
    due.push(zone)
  }
  return due
}
