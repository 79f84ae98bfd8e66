import {zoneName} from '../../lib/dns/name.js'
import {Type} from '../../lib/dns/wire.js'
import {PowerDnsWatch} from '../../lib/sync/watch/powerdns-watch.js'
import type {SyncerContext, SyncerParts} from './parts.js'

const ROOT = zoneName('.')

/** Sees when the local PowerDNS does not answer any more, and calls `onBack` when it does again. */
export function watchOf(
  {config, log, readiness}: SyncerContext,
  {powerDns, served, book, news}: Pick<SyncerParts, 'powerDns' | 'served' | 'book' | 'news'>,
  onBack: () => void,
): PowerDnsWatch {
  const update = () => {
    readiness.set('powerdns', !watch.isSilent)
    news.ring()
  }
  const watch = new PowerDnsWatch({
    everyMs: config.syncer.heartbeat,
    // Whatever the answer is: a zone that is not as it should be is the survey's.
    query: (signal) => {
      const [zone = ROOT] = book.zones
      return served.recordsOf(zone, Type.SOA, signal)
    },
    call: async (signal) => {
      powerDns.version = await powerDns.api.version(signal)
    },
    now: Date.now,
    onBegin: ({of, since: _, ...error}) => {
      // What the survey meets it logs itself.
      if (of === 'survey') return
      log.error({event: 'powerdns.silent', of, error}, 'PowerDNS gives no answer')
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
