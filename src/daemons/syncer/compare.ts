import {isAbortOf, orAborted, sleep} from '../../lib/async/abort.js'
import {backoff} from '../../lib/async/backoff.js'
import {pendingStates} from '../../lib/broker/zone-feed.js'
import {masterAddress} from '../../lib/powerdns/master-address.js'
import {compare} from '../../lib/sync/compare/compare-secondary.js'
import {ourSerials} from '../../lib/sync/secondary.js'
import {ignoring} from '../broker.js'
import type {SyncerContext, SyncerParts} from './parts.js'

/**
 * At the start and after each reconnect, once what waited in the broker is taken in, compares the store with the local PowerDNS
 * and mends what differs: orders may have been lost, or what the broker believed to be served. Resolves when aborted.
 */
export async function compareWhenConnected(
  context: SyncerContext,
  parts: SyncerParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const {reconnected} = parts.broker
    await compareUntilDone(context, parts, signal)
    await orAborted(signal, reconnected)
  }
}

async function compareUntilDone(
  context: SyncerContext,
  parts: SyncerParts,
  signal: AbortSignal,
): Promise<void> {
  for (const delay of backoff({firstMs: 200, maxMs: 10_000})) {
    await sleep(delay, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      if (await compareOnce(context, parts, signal)) return
    } catch (error) {
      if (isAbortOf(signal, error)) return
      context.log.warn({event: 'store.not_compared', error}, 'the comparison failed, will try again')
    }
  }
}

/**
 * False while the broker still has states for this secondary. To list the store takes a consumer: who may make none leaves the
 * comparison to the health-checker, which makes it as well.
 */
async function compareOnce(
  context: SyncerContext,
  parts: SyncerParts,
  signal: AbortSignal,
): Promise<boolean> {
  const {config, log} = context
  const {broker, store, powerDns, syncer} = parts
  if (!broker.mayMakeConsumers) return true
  if ((await pendingStates(broker, config.secondary.name)) > 0) return false
  await syncer.idle()
  const serials = await ourSerials(powerDns.api, config.secondary.masters.map(masterAddress), signal)
  const {zones, differences, orphans} = await compare(store.list(signal, ignoring(context)), serials)
  for (const {zone, because} of differences) {
    log.info({event: 'zone.differs', zone, because}, 'differs from the store')
    syncer.resync(zone, {force: false})
  }
  const found = {zones, differences: differences.length, orphans: orphans.length}
  log.info({event: 'store.compared', ...found}, 'compared with the store')
  if (orphans.length > 0) {
    log.warn(
      {event: 'zones.orphaned', zones: orphans.slice(0, 20), count: orphans.length},
      'zones that the store does not know',
    )
  }
  return true
}
