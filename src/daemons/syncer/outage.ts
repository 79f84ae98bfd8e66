import {type ZoneName, zoneName} from '../../lib/dns/name.js'
import {Rcode, Type} from '../../lib/dns/wire.js'
import {ServerFailureError} from '../../lib/sync/errors.js'
import {PowerDnsWatch} from '../../lib/sync/watch/powerdns-watch.js'
import type {ServedState} from '../../lib/xfr/served-state.js'
import type {SyncerContext, SyncerParts} from './parts.js'

const ROOT = zoneName('.')
/** What fails in a shorter time is tried again soon anyway; of a PowerDNS that comes and goes nobody shall make more work. */
const WORTH_A_RETRY_MS = 3_000

/** Sees when the local PowerDNS does not answer any more, and calls `onBack` when it does again after more than a moment. */
export function watchOf(
  {config, log, readiness}: SyncerContext,
  {powerDns, served, book, news, gate}: Pick<SyncerParts, 'powerDns' | 'served' | 'book' | 'news' | 'gate'>,
  onBack: () => void,
): PowerDnsWatch {
  let longestMs = 0
  const update = () => {
    readiness.set('powerdns', !watch.isSilent)
    news.ring()
  }
  const watch = new PowerDnsWatch({
    everyMs: config.syncer.heartbeat,
    query: (signal) => someAnswer(served, book.zones, signal),
    call: async (signal) => {
      powerDns.version = await powerDns.api.version(signal)
    },
    now: Date.now,
    onBegin: ({of, since: _, ...error}) => {
      // What the survey meets it logs itself.
      if (of === 'survey') return
      // Who paused it may have stopped its PowerDNS, too.
      const level = gate.pause ? 'warn' : 'error'
      log[level]({event: 'powerdns.silent', of, error}, 'PowerDNS gives no answer')
      update()
    },
    onEnd: (of, afterMs) => {
      if (of === 'survey') return
      log.info({event: 'powerdns.answers', of, afterMs}, 'PowerDNS answers again')
      update()
      longestMs = Math.max(longestMs, afterMs)
      if (watch.isSilent) return
      if (longestMs >= WORTH_A_RETRY_MS) onBack()
      longestMs = 0
    },
  })
  return watch
}

/**
 * Whatever the answer is: a zone that is not as it should be is the survey's. One zone's SERVFAIL may be its own, two zones' are the
 * server's, which may have lost its database.
 */
async function someAnswer(
  served: Pick<ServedState, 'recordsOf'>,
  zones: Iterable<ZoneName>,
  signal: AbortSignal,
): Promise<void> {
  const [first = ROOT, second = ROOT] = zones
  const asked = first === second ? [first] : [first, second]
  for (const zone of asked) {
    const {rcode} = await served.recordsOf(zone, Type.SOA, signal)
    if (rcode !== Rcode.SERVFAIL) return
  }
  throw new ServerFailureError(`${asked.join(' and ')} get SERVFAIL`, {
    hints: ['Look into its log: it may have lost its database'],
  })
}
