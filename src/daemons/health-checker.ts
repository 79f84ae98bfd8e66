import {sleep} from '../lib/async/abort.js'
import {Commands} from '../lib/broker/commands.js'
import type {Broker} from '../lib/broker/connection.js'
import {Control} from '../lib/broker/control.js'
import {EventStream} from '../lib/broker/events.js'
import {PresenceBoard} from '../lib/broker/presence.js'
import {Reports} from '../lib/broker/reports.js'
import {followStates} from '../lib/broker/state-follow.js'
import type {Config} from '../lib/config/schema.js'
import {SecondaryComparison} from '../lib/sync/compare/secondary-comparison.js'
import {StoreTree} from '../lib/sync/compare/store-tree.js'
import {ActivityTracker} from '../lib/sync/watch/activity.js'
import {AnswerTracker} from '../lib/sync/watch/answers.js'
import {ConvergenceTracker} from '../lib/sync/watch/convergence.js'
import {SignatureWatch} from '../lib/sync/watch/signatures.js'
import {topologyOptions} from '../lib/system/broker-options.js'
import {ignoring, openBroker, restarting} from './broker.js'
import {openGuard} from './guard.js'
import {ComparisonRounds} from './health-checker/compare.js'
import {keepConsumers} from './health-checker/consumers.js'
import {noticeForgotten} from './health-checker/forgotten.js'
import {countHeldPlans} from './health-checker/plans.js'
import {watchSignedZones} from './health-checker/signed-zones.js'
import {HealthWatch} from './health-checker/watch.js'
import {Leadership} from './leadership.js'
import type {DaemonContext} from './runner.js'

const LOOK_EVERY_MS = 1000

/**
 * Follows every change until each active secondary proved it, and tells silent and busy secondaries apart. Of several instances
 * one sends again what was not proved; all watch.
 */
export async function startHealthChecker(context: DaemonContext<Config>): Promise<void> {
  const {config, metrics} = context
  const broker = await openBroker(context, {daemon: 'health-checker'})
  const activity = new ActivityTracker(config.healthChecker.inactiveAfter)
  const convergence = new ConvergenceTracker({confirmWithinMs: config.healthChecker.confirmWithin})
  const answers = new AnswerTracker({answerWithinMs: config.healthChecker.confirmWithin})
  const leadership = Leadership.open(context, broker, 'health-checker')
  const commands = new Commands(broker)
  const watch = new HealthWatch(context, {activity, convergence, answers, commands, leadership})
  const malformed = ignoring(context)
  const reports = new Reports(broker)

  reports.watchReceipts('>', {on: (receipt) => watch.received(receipt), onMalformed: malformed})
  reports.watchProvisions('>', {
    on: (provision) => answers.answered(provision, performance.now()),
    onMalformed: malformed,
  })
  metrics.beforeScrape(() => {
    metrics.set('unconfirmed', convergence.unconfirmed)
    metrics.set('unansweredEvents', answers.overdue)
  })
  const heartbeats = {onMalformed: malformed, onRestart: restarting(context, 'heartbeats')}
  const board = new PresenceBoard(broker)
  context.background('heartbeats', (ending) =>
    board.watch({...heartbeats, signal: ending}, (presence) => watch.heard(presence)),
  )
  context.background('forgotten', (ending) => noticeForgotten(context, {watch, board}, ending))
  const store = new StoreTree()
  const signatures = new SignatureWatch()
  const control = new Control(broker)
  const comparison = new SecondaryComparison({
    ...{store, guard: openGuard(context, control), secondaries: commands, records: control},
    isUnderWay: (secondary, zone) => convergence.isUnderWay(secondary, zone),
    limitOf: (secondary) => watch.limitOf(secondary),
    log: context.log,
    now: Date.now,
  })
  const rounds = new ComparisonRounds(context, {watch, comparison, control})
  leadership.whileLeading('comparison', (signal) => rounds.run(signal))
  leadership.whileLeading('consumers', (signal) =>
    keepConsumers(context, broker, {activity, mirrorOf: (one) => watch.mirrorOf(one)}, signal),
  )
  context.background('plans', (signal) => countHeldPlans(context, control, signal))
  followStore(context, broker, {store, convergence, signatures, rounds})
  const events = {onMalformed: malformed, onRestart: restarting(context, 'events')}
  const stream = new EventStream(broker)
  context.background('events', (ending) =>
    stream.watch({...events, signal: ending}, (event) => answers.published(event, performance.now())),
  )
  watchSignedZones(context, leadership, {signatures, store, events: stream})
  context.background('overdue', async (ending) => {
    while (!ending.aborted) {
      await sleep(LOOK_EVERY_MS, ending).catch(() => undefined)
      if (!ending.aborted) await watch.look()
    }
  })
}

/** Keeps the picture of the store, and has every state that is new followed until it is proved. */
function followStore(
  context: DaemonContext<Config>,
  broker: Broker,
  {
    store,
    convergence,
    signatures,
    rounds,
  }: {
    store: StoreTree
    convergence: ConvergenceTracker
    signatures: SignatureWatch
    rounds: ComparisonRounds
  },
): void {
  const options = {
    topology: topologyOptions(context.config.broker),
    onMalformed: ignoring(context),
    onRestart: restarting(context, 'zones'),
  }
  // What came while nobody looked is followed as well; what was there before says nothing of who proved it.
  let known = Number.POSITIVE_INFINITY
  context.background('zones', (signal) =>
    followStates(
      broker,
      {...options, signal},
      {
        onReset: (streamCreated) => {
          const same = store.complete && store.streamCreated === streamCreated
          known = same ? store.revision : Number.POSITIVE_INFINITY
          store.onReset(streamCreated)
          signatures.clear()
        },
        onCaughtUp: () => {
          store.onCaughtUp()
          rounds.compareAll()
        },
        onUnreadable: (zone, revision) => {
          store.onUnreadable(zone, revision)
          signatures.forget(zone)
        },
        onState: (state) => {
          const isNew = store.complete || state.revision > known
          const early = isNew ? convergence.stored(state, performance.now()) : 0
          for (let count = 0; count < early; count++) context.metrics.observe('convergence', 0)
          store.onState(state)
          signatures.seen(state)
        },
      },
    ),
  )
}
