import {isAbortOf, sleep} from '../lib/async/abort.js'
import {Bell} from '../lib/async/bell.js'
import {jittered} from '../lib/async/jitter.js'
import {Control} from '../lib/broker/control.js'
import {EventStream} from '../lib/broker/events.js'
import {Reports} from '../lib/broker/reports.js'
import {ZoneStore} from '../lib/broker/zone-store.js'
import type {ConfigWith} from '../lib/config/schema.js'
import {PowerDnsClient} from '../lib/powerdns/client.js'
import {HeldLosses} from '../lib/sync/provide/held-losses.js'
import type {Primary} from '../lib/sync/provide/provide-zone.js'
import {Provider} from '../lib/sync/provide/provider.js'
import {Repairs} from '../lib/sync/provide/repairs.js'
import {sweep} from '../lib/sync/provide/sweep.js'
import {topologyOptions} from '../lib/system/broker-options.js'
import {transferLimits} from '../lib/system/config-views.js'
import {tsigKey} from '../lib/system/tsig.js'
import {fetchZone} from '../lib/xfr/axfr-client.js'
import {ignoring, openBroker, restarting} from './broker.js'
import {openGuard} from './guard.js'
import {countKeptOut} from './kept-out.js'
import {Leadership} from './leadership.js'
import {besideUrgent} from './load.js'
import type {DaemonContext} from './runner.js'
import {compareWithPrimary} from './zone-provider/comparison.js'
import {heedDecisions} from './zone-provider/decisions.js'
import {takeNotifies} from './zone-provider/notifies.js'
import {openSigner} from './zone-provider/signing.js'

type Context = DaemonContext<ConfigWith<'primary'>>

const SWEEP_EVERY_MS = 3_600_000
const EVENTS_UNDER_WAY = 2000

/** Answers events by transferring the zone from the primary and storing it. */
export async function startZoneProvider(context: Context): Promise<void> {
  const {config, log, metrics, signal} = context
  const signer = await openSigner(context)
  const api = new PowerDnsClient(config.primary)
  context.defer('primary API', () => api.close())
  const broker = await openBroker(context, {daemon: 'zone-provider'})
  const leadership = Leadership.open(context, broker, 'zone-provider')
  const store = new ZoneStore(broker)
  const reports = new Reports(broker)
  const malformed = ignoring(context)
  const control = new Control(broker)
  const guard = openGuard(context, control)
  const losses = new HeldLosses(guard)

  const provider = new Provider({
    primary: primaryOf(config, api),
    store,
    losses,
    ...(signer ? {signer} : {}),
    inlineBytes: config.zoneProvider.inlineBytes,
    admission: config.zoneProvider,
    concurrency: config.zoneProvider.concurrency,
    now: Date.now,
    log,
    signal,
    report: (provision) => reports.provided(provision),
    announce: (announcement) => reports.announced(announcement),
    onProvided: (provision, events, ms) => {
      metrics.count('zonesProvided', {outcome: provision.outcome})
      if (provision.outcome === 'failed') countKeptOut(metrics, provision.error)
      metrics.add('eventsSettled', events)
      metrics.observe('provideDuration', ms / 1000)
    },
    onNotYetValid: (zone, inception) => {
      log.warn({event: 'zone.not_yet_valid', zone, inception}, 'its signatures are not valid yet')
    },
    onLeftover: (object, error) => {
      log.warn({event: 'object.leftover', object, error}, 'a replaced object was not removed')
    },
  })
  context.defer('zones in flight', () => provider.drain())
  metrics.beforeScrape(() => metrics.set('zonesPending', provider.pending))
  reports.watchReceipts('>', {on: (receipt) => provider.confirmed(receipt), onMalformed: malformed})

  const events = new EventStream(broker)
  const feed = {
    topology: topologyOptions(config.broker),
    maxMessages: EVENTS_UNDER_WAY,
    onMalformed: malformed,
  }
  context.background('events', (ending) =>
    events.consume({...feed, onRestart: restarting(context, 'events'), signal: ending}, (event) =>
      provider.handle(event),
    ),
  )
  takeNotifies(context, events)
  const {concurrency} = config.zoneProvider
  const repairs = new Repairs({
    provider,
    concurrency,
    besideEvents: besideUrgent(),
    now: Date.now,
    signal,
  })
  const bell = new Bell()
  context.background('decisions', (ending) =>
    heedDecisions(context, {control, repairs, losses, bell}, ending),
  )
  leadership.whileLeading('comparison', (ending) =>
    compareWithPrimary(context, {api, broker, store, control, guard, repairs, bell, reports, signer}, ending),
  )
  leadership.whileLeading('sweep', (ending) => sweepNowAndThen(store, context, ending))
}

function primaryOf(config: ConfigWith<'primary'>, api: PowerDnsClient): Primary {
  const {dns} = config.primary
  const limits = transferLimits(config)
  const tsig = tsigKey(config.primary)
  return {
    transfer: (zone, signal) => fetchZone({server: dns, zone, limits, signal, ...tsig}),
    hasZone: async (zone, signal) => (await api.getZone(zone, signal)) !== undefined,
    flush: (zone, signal) => api.flush(zone, signal),
  }
}

async function sweepNowAndThen(store: ZoneStore, context: Context, signal: AbortSignal): Promise<void> {
  const {config, log} = context
  const malformed = ignoring(context)
  const swept = {
    list: (ending: AbortSignal) => store.list(ending, malformed),
    listObjects: () => store.listObjects(),
    dropObject: (name: string) => store.dropObject(name),
    forget: store.forget.bind(store),
  }
  while (!signal.aborted) {
    await sleep(jittered(SWEEP_EVERY_MS), signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      const tombstonesKeptMs = config.broker.tombstonesKept
      const removed = await sweep(swept, {tombstonesKeptMs, now: Date.now(), signal})
      log.info({event: 'store.swept', ...removed}, 'swept the store')
    } catch (error) {
      if (!isAbortOf(signal, error)) log.warn({event: 'store.not_swept', error}, 'sweeping failed')
    }
  }
}
