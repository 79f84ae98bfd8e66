import {isAbortOf} from '../../lib/async/abort.js'
import {pace} from '../../lib/async/pace.js'
import type {ZoneStore} from '../../lib/broker/zone-store.js'
import type {ZoneName} from '../../lib/dns/name.js'
import type {Transfer} from '../../lib/dns/transfer.js'
import {reportOf} from '../../lib/errors.js'
import {loadSnapshot} from '../../lib/sync/apply/sync-zone.js'
import type {Trust} from '../../lib/sync/apply/trust.js'
import {recordsDigest} from '../../lib/sync/compare/records-digest.js'
import type {Contents} from '../../lib/sync/compare/survey.js'
import type {PowerDnsWatch} from '../../lib/sync/watch/powerdns-watch.js'
import {transferLimits} from '../../lib/system/config-views.js'
import {fetchZone} from '../../lib/xfr/axfr-client.js'
import type {SyncerContext, SyncerParts} from './parts.js'

const LOOKS_AT_ONCE = 8
/** It comes to each zone seldom and reads the store as well: what fails there says nothing about PowerDNS at this moment. */
const UNTOLD = 'verify'

/** Has the survey look at everything again and again, each at its pace, until the daemon stops. */
export function keepSurveying(
  context: SyncerContext,
  {survey, gate, watch}: Pick<SyncerParts, 'survey' | 'gate' | 'watch'>,
): void {
  const {listEvery, surveyEvery, verifyEvery} = context.config.syncer
  const observed = observing(context, watch)
  const listing = observed('list', async (_: undefined, signal) => {
    await survey.list(signal)
    await lookAtUnseen(survey, signal)
  })
  const looking = observed('look', (zone: ZoneName, signal) => survey.look(zone, signal))
  const verifying = observed(UNTOLD, (zone: ZoneName, signal) => survey.verify(zone, signal))
  const walks = [
    {name: 'listing', everyMs: listEvery, items: () => [undefined], visit: listing},
    {name: 'survey', everyMs: surveyEvery, items: () => survey.zones, visit: looking},
    {name: 'verification', everyMs: verifyEvery, items: () => survey.zones, visit: verifying},
  ]
  for (const {name, everyMs, items, visit} of walks as Walk[]) {
    context.background(name, (ending) =>
      gate.whileOpen(ending, (signal) =>
        pace<ZoneName | undefined>({items, everyMs, signal, visit: (item) => visit(item, signal)}),
      ),
    )
  }
}

/** A few at a time, however many there are. The first failure ends it: the rest waits for the next listing. */
async function lookAtUnseen(survey: SyncerParts['survey'], signal: AbortSignal): Promise<void> {
  // A generator is closed for all of its readers when one of them fails.
  const left = each(survey.unseen)
  const looker = async () => {
    for (const zone of left) await survey.look(zone, signal)
  }
  await Promise.all(Array.from({length: LOOKS_AT_ONCE}, looker))
}

function* each<T>(items: Iterable<T>): Generator<T> {
  yield* items
}

interface Walk {
  name: string
  everyMs: number
  items(): ReadonlyArray<ZoneName | undefined>
  visit(item: ZoneName | undefined, signal: AbortSignal): Promise<'done' | 'failed'>
}

/** A failure is logged once, until it is over or another one: the next round will try again. */
function observing({log, metrics}: SyncerContext, {outages}: Pick<PowerDnsWatch, 'outages'>) {
  /** Codes, by what fails at this moment. */
  const failing = new Map<string, string>()
  return <T>(
    what: string,
    visit: (item: T, signal: AbortSignal) => Promise<void>,
  ): ((item: T, signal: AbortSignal) => Promise<'done' | 'failed'>) =>
    async (item, signal) => {
      try {
        await visit(item, signal)
        if (failing.delete(what))
          log.info({event: 'survey.works', what}, 'what is served can be looked at again')
        if ([...failing.keys()].every((each) => each === UNTOLD)) outages.works('survey')
        return 'done'
      } catch (error) {
        if (isAbortOf(signal, error)) return 'failed'
        metrics.count('surveyFailures', {what})
        const {code} = reportOf(error)
        if (code !== failing.get(what))
          log.warn(
            {event: 'survey.failed', what, about: item, error},
            'what is served could not be looked at',
          )
        failing.set(what, code)
        if (what !== UNTOLD) outages.failed('survey', error)
        return 'failed'
      }
    }
}

/** The two sides of a zone's contents: the store's version, and the local PowerDNS's own transfer of it. */
export function contentsOf(
  {config}: SyncerContext,
  {store, trust}: {store: ZoneStore; trust: Trust},
): Contents {
  const limits = transferLimits(config)
  return {
    stored: async (zone, signal) => {
      const found = await store.get(zone)
      if (found?.state.kind !== 'version') return undefined
      await trust.admit(found.state, signal)
      const {revision, content, fingerprint} = found.state
      if (fingerprint.signatures.length > 0) return {revision, digest: content}
      const snapshot = await loadSnapshot({store, trust, now: Date.now}, zone, signal)
      return (
        snapshot && {
          revision: snapshot.version.revision,
          digest: await recordsDigest(snapshot.messages, signal),
        }
      )
    },
    served: async (zone, signal) => {
      const transfer: Transfer = await fetchZone({server: config.secondary.dns, zone, limits, signal})
      return transfer.signed ? transfer.content : recordsDigest(transfer.messages, signal)
    },
  }
}
