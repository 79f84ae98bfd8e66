import {Control} from '../../lib/broker/control.js'
import type {ZoneName} from '../../lib/dns/name.js'
import {TransferRefusedError} from '../../lib/dns/transfer-errors.js'
import {rdataDigest} from '../../lib/dns/wanted-record.js'
import {rcodeName} from '../../lib/dns/wire.js'
import {answerFrom} from '../../lib/sync/compare/tree-exchange.js'
import {NotServedError, SecondaryPausedError} from '../../lib/sync/errors.js'
import {transferLimits} from '../../lib/system/config-views.js'
import {fetchZone} from '../../lib/xfr/axfr-client.js'
import {MAX_COPY_BYTES, type SecondaryCommands, type ZoneCopy} from '../../lib/zone/command.js'
import {pauseWords} from '../../lib/zone/pause.js'
import type {Gate} from './gate.js'
import type {SyncerContext, SyncerParts} from './parts.js'

/** What others may have this syncer do. */
export function commandsOf(
  {config, signal}: SyncerContext,
  {broker, syncer, book, survey, served, gate, watch}: SyncerParts,
): SecondaryCommands {
  const control = new Control(broker)
  return {
    stand: (zone) => syncer.stand(zone),
    answers: async ({name, type, digest}) => {
      const {rcode, records} = await served.recordsOf(name, type, signal)
      const found = records.some((rdata) => rdataDigest(rdata) === digest)
      return {rcode: rcodeName(rcode), records: records.length, found}
    },
    resync: async (zones, {force}) => {
      refuseWhilePaused(gate)
      const at = Date.now()
      for (const zone of zones) syncer.resync(zone, {force, ...(force ? {ordered: at} : {})})
      return {queued: zones.length, at}
    },
    tree: async (question) => {
      // With the first question of a comparison only: those that follow come within moments.
      if (question.branches.includes('')) await watch.insist(signal)
      return answerFrom(book.tree, question, {complete: survey.isComplete})
    },
    removeOrphans: async ({zones, storeCreated}) => {
      refuseWhilePaused(gate)
      // Of a store that was made anew since then the order knows nothing.
      if (storeCreated !== (await control.storeCreated())) return {queued: 0}
      syncer.removeOrphans(zones)
      return {queued: zones.length}
    },
    copy: (zone) => copyOf({config, signal}, zone),
  }
}

async function copyOf(
  {config, signal}: Pick<SyncerContext, 'config' | 'signal'>,
  zone: ZoneName,
): Promise<ZoneCopy> {
  const limits = transferLimits(config)
  const bytes = Math.min(limits.bytes, MAX_COPY_BYTES)
  try {
    return await fetchZone({server: config.secondary.dns, zone, limits: {...limits, bytes}, signal})
  } catch (error) {
    if (!(error instanceof TransferRefusedError)) throw error
    throw new NotServedError(`its PowerDNS does not transfer ${zone} (${rcodeName(error.rcode)})`, {
      cause: error,
      hints: [
        `Run \`pdist zone show ${zone}\` for who serves it`,
        'Let `allow-axfr-ips` in its pdns.conf have the address of its syncer',
      ],
    })
  }
}

/** An order that is not heard must not be taken for one that is carried out. */
function refuseWhilePaused(gate: Gate): void {
  if (gate.isOpen) return
  const words = gate.pause ? pauseWords(gate.pause) : 'not ready to apply anything'
  throw new SecondaryPausedError(`it is ${words}`, {hints: ['`pdist secondary resume` lets it go on']})
}
