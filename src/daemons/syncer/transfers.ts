import type {SnapshotShelf} from '../../lib/sync/apply/shelf.js'
import {tsigKey} from '../../lib/system/tsig.js'
import {TransferServer} from '../../lib/xfr/axfr-server.js'
import type {TransferObserver, ZoneSource} from '../../lib/xfr/zone-source.js'
import type {Gate} from './gate.js'
import type {SyncerContext} from './parts.js'

/** Listens for the local PowerDNS's transfers. Closed with the daemon. */
export async function openTransferServer(context: SyncerContext, source: ZoneSource): Promise<void> {
  const {listen, allow, ...tsig} = context.config.secondary
  const {tsig: key} = tsigKey(tsig)
  const server = new TransferServer({
    source,
    listen,
    allow,
    keys: key ? [key] : [],
    observer: observer(context),
  })
  await server.start()
  context.defer('transfers', () => server.close())
  context.log.info({event: 'transfers.listening', addresses: server.addresses}, 'listening for transfers')
}

/**
 * The shelf's snapshots, but for the time in which nothing shall be applied: PowerDNS asks by itself now and then, and would take
 * what is new. What it has already it may hear of, so that it is content.
 */
export function whatMayBeApplied(shelf: SnapshotShelf, gate: Pick<Gate, 'isQuiet'>): ZoneSource {
  const absent = 'not-at-hand'
  return {
    soa: (zone, signal) => (gate.isQuiet ? (shelf.knownSoa(zone) ?? absent) : shelf.soa(zone, signal)),
    transfer: (zone) => (gate.isQuiet ? absent : shelf.transfer(zone)),
    started: (zone, tag) => shelf.started(zone, tag),
    sent: (zone, tag) => shelf.sent(zone, tag),
  }
}

function observer({log, metrics}: SyncerContext): TransferObserver {
  return {
    onQuery: (kind, outcome) => metrics.count('transferQueries', {kind, outcome}),
    onMalformed: (reason, peer) => {
      metrics.count('transferMalformed', {reason: 'malformed'})
      log.warn({event: 'transfers.malformed', reason, peer}, 'what came was no query')
    },
    onRejected: (reason, peer) => {
      metrics.count('transferMalformed', {reason})
      log.warn({event: 'transfers.rejected', reason, peer}, 'turned a client away')
    },
    onError: (error) => log.error({event: 'transfers.failed', error}, 'a transfer failed'),
  }
}
