import {Bell} from '../lib/async/bell.js'
import {Commands} from '../lib/broker/commands.js'
import type {Broker} from '../lib/broker/connection.js'
import {Pauses} from '../lib/broker/pauses.js'
import {Reports} from '../lib/broker/reports.js'
import {acknowledgedStates, consumeZones} from '../lib/broker/zone-feed.js'
import {ZoneStore} from '../lib/broker/zone-store.js'
import type {ZoneName} from '../lib/dns/name.js'
import {PowerDnsClient} from '../lib/powerdns/client.js'
import {masterAddress} from '../lib/powerdns/master-address.js'
import {Applier} from '../lib/sync/apply/apply.js'
import {SnapshotShelf} from '../lib/sync/apply/shelf.js'
import {loadSnapshot} from '../lib/sync/apply/sync-zone.js'
import {Syncer} from '../lib/sync/apply/syncer.js'
import type {Trust} from '../lib/sync/apply/trust.js'
import {ServedBook} from '../lib/sync/compare/served-book.js'
import {Survey} from '../lib/sync/compare/survey.js'
import {topologyOptions} from '../lib/system/broker-options.js'
import {ServedState} from '../lib/xfr/served-state.js'
import {ignoring, openBroker, restarting} from './broker.js'
import {countKeptOut} from './kept-out.js'
import {besideUrgent} from './load.js'
import {commandsOf} from './syncer/commands.js'
import {compareWhenConnected} from './syncer/compare.js'
import {Gate} from './syncer/gate.js'
import {beat} from './syncer/heartbeat.js'
import {claimName} from './syncer/name.js'
import {watchOf} from './syncer/outage.js'
import type {PowerDns, SyncerContext, SyncerParts} from './syncer/parts.js'
import {PauseFollower} from './syncer/pause.js'
import {meetPowerDns} from './syncer/powerdns.js'
import {contentsOf, keepSurveying} from './syncer/survey.js'
import {openTransferServer, whatMayBeApplied} from './syncer/transfers.js'
import {openTrust} from './syncer/trust.js'

const STATES_UNDER_WAY = 250
/** So many that a change made now must not wait for them. */
const MANY_WAITING = 500

/** Keeps the local PowerDNS at the zone store's state, and proves it. */
export async function startSyncer(context: SyncerContext): Promise<void> {
  const {config, readiness} = context
  readiness.expect('broker', 'powerdns')
  const client = new PowerDnsClient({...config.secondary, ready: true})
  context.defer('PowerDNS API', () => client.close())
  const identity = {daemon: 'syncer', secondary: config.secondary.name} as const
  const broker = await openBroker(context, identity, {mirror: config.syncer.mirror})
  const store = new ZoneStore(broker)
  const served = new ServedState({server: config.secondary.dns})
  context.defer('DNS queries', () => served.close())
  const trust = await openTrust(context, served)
  let wanted: (zone: ZoneName) => void = () => undefined
  const shelf = openShelf(context, {store, trust}, (zone) => wanted(zone))
  const news = new Bell()
  const gate = new Gate(news)
  await openTransferServer(context, whatMayBeApplied(shelf, gate))
  const name = await claimName(context, broker)
  const powerDns = await meetPowerDns(context, client)
  const shared = {powerDns, broker, store, served, trust, news}
  const syncing = openSyncer(context, {...shared, shelf})
  const watch = watchOf(context, {...shared, ...syncing, gate}, () => syncing.syncer.retryNow())
  const parts = {...shared, ...syncing, gate, watch, name}
  wanted = (zone) => parts.syncer.resync(zone, {force: true})
  await trustWhatWasProved(context, parts)
  listen(context, parts)
}

interface Shared {
  powerDns: PowerDns
  broker: Broker
  store: ZoneStore
  served: ServedState
  trust: Trust
}

function openShelf(
  {config, log, signal}: SyncerContext,
  sources: {store: ZoneStore; trust: Trust},
  onWanted: (zone: ZoneName) => void,
): SnapshotShelf {
  return new SnapshotShelf({
    maxBytes: config.syncer.cacheBytes,
    load: (zone, ending) => loadSnapshot({...sources, now: Date.now}, zone, ending),
    onWanted,
    onLoadFailed: (zone, error) =>
      log.warn({event: 'zone.not_loaded', zone, error}, 'a zone that was asked for is not at hand'),
    signal,
  })
}

function openSyncer(
  context: SyncerContext,
  {powerDns: {api}, broker, store, served, trust, shelf}: Shared & {shelf: SnapshotShelf},
): Pick<SyncerParts, 'applier' | 'syncer' | 'book' | 'survey'> {
  const {config, log, metrics, signal} = context
  const masters = config.secondary.masters.map(masterAddress)
  const book = new ServedBook()
  const applier = new Applier({
    ...{api, served, shelf, masters, log, signal},
    amend: config.syncer.amend,
    // As often as it is looked for what others have done with PowerDNS's zones.
    lookAgainMs: config.syncer.listEvery,
    onEarly: (outcome) => metrics.count('earlyRequests', {outcome}),
    onAmendment: (outcome) => metrics.count('amendments', {outcome}),
    onServed: (zone, fingerprint) => {
      if (fingerprint) book.serves(zone, fingerprint, performance.now())
      else book.gone(zone, performance.now())
    },
  })
  const reports = new Reports(broker)
  const syncer = new Syncer({
    ...config.syncer,
    besideUrgent: besideUrgent(),
    retryMaxMs: config.syncer.retryMax,
    secondary: config.secondary.name,
    ...{applier, trust, served, store},
    log,
    now: Date.now,
    receipt: (receipt) => {
      metrics.count('zonesProved', {outcome: receipt.outcome})
      if (receipt.outcome === 'failed') countKeptOut(metrics, receipt.error)
      else metrics.observe('convergence', receipt.ms / 1000)
      reports.receipt(receipt)
    },
    signal,
  })
  context.defer('zones in flight', (deadline) => syncer.drain(deadline))
  const survey = new Survey({
    ...{api, served, book, masters, log, contents: contentsOf(context, {store, trust})},
    now: () => performance.now(),
    isSettled: (zone) => syncer.isSettled(zone),
    repair: (zone) => syncer.repair(zone),
    onFound: (zone) => applier.note(zone),
    onDeviation: (because) => metrics.count('deviations', {because}),
  })
  return {applier, syncer, book, survey}
}

/** Connects the syncer to everything that tells it what to do. */
function listen(context: SyncerContext, parts: SyncerParts): void {
  const {config, metrics} = context
  const {broker, syncer, applier, gate} = parts
  const {name} = config.secondary
  const malformed = ignoring(context)
  /** States that the broker still has for this secondary. */
  let waiting = 0
  metrics.beforeScrape(() => {
    metrics.set('zonesPending', syncer.pending)
    metrics.set('lag', syncer.lag)
    metrics.set('zones', applier.zones)
    metrics.set('problems', syncer.problems.length)
  })
  const reports = new Reports(broker)
  reports.watchAnnouncements({
    on: (announcement) => {
      if (gate.isOpen) syncer.announced(announcement)
    },
    onMalformed: malformed,
  })
  reports.watchProvisions('>', {
    on: (provision) => {
      syncer.covered(provision)
      // It is heard of besides, since its state would wait for all the others, and goes first.
      const isNew = provision.outcome === 'stored' || provision.outcome === 'tombstone'
      if (isNew && waiting >= MANY_WAITING && gate.isOpen) syncer.hurry(provision.zone)
    },
    onMalformed: malformed,
  })
  new Commands(broker).serve(name, commandsOf(context, parts), malformed)
  const feed = {
    secondary: name,
    topology: topologyOptions(config.broker),
    maxMessages: STATES_UNDER_WAY,
    onStart: noticeNewStore(context, syncer),
    onMalformed: malformed,
    onRestart: restarting(context, 'zones'),
  }
  const whileOpen = (name: string, task: (signal: AbortSignal) => Promise<void>) =>
    context.background(name, (ending) => gate.whileOpen(ending, task))
  whileOpen('zones', (signal) =>
    consumeZones(broker, {...feed, signal}, (delivery) => {
      waiting = delivery.waiting
      syncer.handle(delivery)
    }),
  )
  keepSurveying(context, parts)
  context.background('PowerDNS', (signal) => parts.watch.run(signal))
  context.background('heartbeat', (signal) => beat(context, parts, signal))
  whileOpen('comparison', (signal) => compareWhenConnected(context, parts, signal))
  const pause = new PauseFollower(context, {pauses: new Pauses(broker), gate, syncer})
  context.background('pause', (signal) => pause.run(signal))
}

/** Without the broker's answer nothing is trusted, and at worst something is transferred again. */
async function trustWhatWasProved({config, log}: SyncerContext, parts: SyncerParts): Promise<void> {
  try {
    parts.applier.trust(await acknowledgedStates(parts.broker, config.secondary.name))
  } catch (error) {
    log.warn({event: 'store.not_trusted', error}, 'what was proved before is not known')
  }
}

/** A store that was made anew counts its revisions from 1 again. */
function noticeNewStore({log}: SyncerContext, syncer: Syncer): (created: string) => void {
  let known: string | undefined
  return (created) => {
    if (known !== undefined && known !== created) {
      log.warn({event: 'store.new', created}, 'the zone store was made anew')
      syncer.forget()
    }
    known = created
  }
}
