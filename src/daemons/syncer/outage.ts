import {type ZoneName, zoneName} from '../../lib/dns/name.js'
import {Rcode, Type} from '../../lib/dns/wire.js'
import {ServerFailureError} from '../../lib/sync/errors.js'
import {PowerDnsWatch} from '../../lib/sync/watch/powerdns-watch.js'
import type {ServedState} from '../../lib/xfr/served-state.js'
import type {SyncerContext, SyncerParts} from './parts.js'

const ROOT = zoneName('.')
/** So many zones are asked for: SERVFAIL may be a zone's own fault, but hardly that of all of them. */
const ASKED = 3

/** Sees when the local PowerDNS does not answer any more, and calls `onBack` when it does again. */
export function watchOf(
  {config, log, readiness}: SyncerContext,
  {powerDns, served, book, news, gate}: Pick<SyncerParts, 'powerDns' | 'served' | 'book' | 'news' | 'gate'>,
  onBack: () => void,
): PowerDnsWatch {
  const next = inTurn(() => book.zones)
  const update = () => {
    readiness.set('powerdns', !watch.isSilent)
    news.ring()
  }
  const watch = new PowerDnsWatch({
    everyMs: config.syncer.heartbeat,
    query: (signal) => someAnswer(served, next(ASKED), signal),
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
      if (!watch.isSilent) onBack()
    },
  })
  return watch
}

/** Hands out a few of the items at a time, others each time, and begins anew after the last one. */
function inTurn<T>(items: () => Iterator<T>): (count: number) => T[] {
  let left = items()
  return (count) => {
    const some: T[] = []
    for (let restarts = 0; some.length < count && restarts < 2; ) {
      const {done, value} = left.next()
      if (!done && some.includes(value)) break
      if (!done) some.push(value)
      else {
        left = items()
        restarts += 1
      }
    }
    return some
  }
}

/** Whatever the answer is, but for SERVFAIL to all: a zone that is not as it should be is the survey's. */
async function someAnswer(
  served: Pick<ServedState, 'recordsOf'>,
  zones: readonly ZoneName[],
  signal: AbortSignal,
): Promise<void> {
  const asked = zones.length > 0 ? zones : [ROOT]
  for (const zone of asked) {
    const {rcode} = await served.recordsOf(zone, Type.SOA, signal)
    if (rcode !== Rcode.SERVFAIL) return
  }
  throw new ServerFailureError(`SERVFAIL is all that it says, of ${asked.join(', ')}`, {
    hints: ['Look into its log: it may have lost its database'],
  })
}
