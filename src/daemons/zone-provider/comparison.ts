import {isAbortOf} from '../../lib/async/abort.js'
import {backoff} from '../../lib/async/backoff.js'
import type {Bell} from '../../lib/async/bell.js'
import {jittered} from '../../lib/async/jitter.js'
import type {Broker} from '../../lib/broker/connection.js'
import type {Control} from '../../lib/broker/control.js'
import type {Reports} from '../../lib/broker/reports.js'
import {followStates} from '../../lib/broker/state-follow.js'
import type {ZoneStore} from '../../lib/broker/zone-store.js'
import type {ConfigWith} from '../../lib/config/schema.js'
import type {ZoneName} from '../../lib/dns/name.js'
import type {PowerDnsClient} from '../../lib/powerdns/client.js'
import type {Guard} from '../../lib/sync/compare/guard.js'
import {PrimaryComparison} from '../../lib/sync/compare/primary-comparison.js'
import {StorePicture} from '../../lib/sync/compare/store-picture.js'
import type {Repairs} from '../../lib/sync/provide/repairs.js'
import type {Signer} from '../../lib/sync/provide/signer.js'
import {signAnew} from '../../lib/sync/provide/signing-anew.js'
import {topologyOptions} from '../../lib/system/broker-options.js'
import {ignoring, restarting} from '../broker.js'
import type {DaemonContext} from '../runner.js'
import {heedRefusals} from './signing.js'

export interface ComparisonParts {
  api: PowerDnsClient
  broker: Broker
  store: ZoneStore
  control: Control
  guard: Guard
  repairs: Repairs
  /** Rings for a comparison at once. */
  bell: Bell
  reports: Reports
  /** Absent where nothing is signed. */
  signer: Signer | undefined
}

type Context = DaemonContext<ConfigWith<'primary'>>

/** Until there is a whole picture of the store. */
const FOR_EVER_MS = 2 ** 31 - 1

/**
 * Keeps the store as the primary is, whatever happened to either of them: compares both when the picture of the store is whole
 * (at the start, after a reconnect, of a new store), when the bell rings, and every `zone_provider.compare`. Resolves when aborted.
 */
export async function compareWithPrimary(
  context: Context,
  parts: ComparisonParts,
  signal: AbortSignal,
): Promise<void> {
  const {config} = context
  const {broker, bell, signer} = parts
  const picture = new StorePicture(
    signer && ((state, {live}) => (live ? signer.isOurs(state) : signer.isNamedBy(state))),
  )
  const follow = {
    topology: topologyOptions(config.broker),
    onMalformed: ignoring(context),
    onRestart: restarting(context, 'picture'),
    signal,
  }
  const follower = {
    onReset: picture.onReset.bind(picture),
    onState: picture.onState.bind(picture),
    onUnreadable: picture.onUnreadable.bind(picture),
    onCaughtUp: () => {
      picture.onCaughtUp()
      bell.ring()
    },
  }
  await Promise.all([
    followStates(broker, follow, follower),
    compareAgainAndAgain(context, parts, picture, signal),
    ...(signer ? keepSigned(context, {...parts, signer}, picture, signal) : []),
  ])
}

/** What is in the store unsigned, and what a secondary refused. */
function keepSigned(
  context: Context,
  {signer, repairs, reports}: ComparisonParts & {signer: Signer},
  picture: StorePicture,
  signal: AbortSignal,
): Array<Promise<void>> {
  const {log} = context
  const isKnown = (zone: ZoneName) => picture.get(zone) !== undefined
  return [
    signAnew({unsigned: () => picture.unsigned, repairs, log, now: Date.now}, signal),
    heedRefusals(context, reports, {signer, repairs, isKnown}, signal),
  ]
}

async function compareAgainAndAgain(
  context: Context,
  parts: ComparisonParts,
  picture: StorePicture,
  signal: AbortSignal,
): Promise<void> {
  const {config, log, metrics} = context
  const {api, store, control} = parts
  const comparison = new PrimaryComparison({
    ...parts,
    picture,
    listZones: (ending) => api.eachZone(ending),
    newestRevision: () => store.newestRevision(),
    onComplete: (compared) => control.noteCompared('primary', compared),
    log,
    now: Date.now,
  })
  const everyMs = config.zoneProvider.compare
  let retries = retriesWithin(everyMs)
  let waitMs = FOR_EVER_MS
  for (;;) {
    await parts.bell.wait(waitMs, signal)
    if (signal.aborted) return
    try {
      const started = performance.now()
      const report = await comparison.run(signal)
      if (report) {
        const ms = Math.round(performance.now() - started)
        const level = report.repaired + report.held > 0 ? 'info' : 'debug'
        log[level]({event: 'primary.compared', ...report, ms}, 'compared the primary with the store')
        metrics.count('primaryComparisons', {outcome: 'done'})
        metrics.set('primaryDifferences', report.differences)
      }
      picture.forgetTombstones(Date.now() - config.broker.tombstonesKept)
      retries = retriesWithin(everyMs)
      waitMs = jittered(everyMs)
    } catch (error) {
      if (isAbortOf(signal, error)) return
      log.warn({event: 'primary.not_compared', error}, 'the primary cannot be compared with the store')
      metrics.count('primaryComparisons', {outcome: 'failed'})
      waitMs = retries.next().value
    }
  }
}

function retriesWithin(everyMs: number) {
  return backoff({firstMs: 1000, maxMs: Math.max(1000, everyMs)})
}
