import {Control} from '../../lib/broker/control.js'
import {answerFrom} from '../../lib/sync/compare/tree-exchange.js'
import type {SecondaryCommands} from '../../lib/zone/command.js'
import type {SyncerParts} from './parts.js'

/** What others may have this syncer do. */
export function commandsOf({broker, syncer, book, survey}: SyncerParts): SecondaryCommands {
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
  }
}
