import type {SnapshotShelf} from '../../lib/sync/apply/shelf.js'
import {tsigKey} from '../../lib/system/tsig.js'
import {TransferServer} from '../../lib/xfr/axfr-server.js'
import type {TransferObserver} from '../../lib/xfr/zone-source.js'
import type {SyncerContext} from './parts.js'

/** Listens for the local PowerDNS's transfers. Closed with the daemon. */
export async function openTransferServer(context: SyncerContext, source: SnapshotShelf): Promise<void> {
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
