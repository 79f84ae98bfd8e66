import {Control} from '../../lib/broker/control.js'
import {answerFrom} from '../../lib/sync/compare/tree-exchange.js'
import {transferLimits} from '../../lib/system/config-views.js'
import {fetchZone} from '../../lib/xfr/axfr-client.js'
import {MAX_COPY_BYTES, type SecondaryCommands} from '../../lib/zone/command.js'
import type {SyncerContext, SyncerParts} from './parts.js'

/** What others may have this syncer do. */
export function commandsOf(
  {config, signal}: SyncerContext,
  {broker, syncer, book, survey}: SyncerParts,
): SecondaryCommands {
  const control = new Control(broker)
  return {
    stand: (zone) => syncer.stand(zone),
    resync: async (zones, options) => {
      for (const zone of zones) syncer.resync(zone, options)
      return {queued: zones.length}
    },
    tree: async (question) => answerFrom(book.tree, question, {complete: survey.isComplete}),
    removeOrphans: async ({zones, storeCreated}) => {
      // Of a store that was made anew since then the order knows nothing.
      if (storeCreated !== (await control.storeCreated())) return {queued: 0}
      syncer.removeOrphans(zones)
      return {queued: zones.length}
    },
    copy: (zone) => {
      const limits = transferLimits(config)
      const bytes = Math.min(limits.bytes, MAX_COPY_BYTES)
      return fetchZone({server: config.secondary.dns, zone, limits: {...limits, bytes}, signal})
    },
  }
}
