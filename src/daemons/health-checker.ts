import {sleep} from '../lib/async/abort.js'
import {Commands} from '../lib/broker/commands.js'
import {EventStream} from '../lib/broker/events.js'
import {PresenceBoard} from '../lib/broker/presence.js'
import {Reports} from '../lib/broker/reports.js'
import {watchStates} from '../lib/broker/state-watch.js'
import type {Config} from '../lib/config/schema.js'
import {ActivityTracker} from '../lib/sync/activity.js'
import {AnswerTracker} from '../lib/sync/answers.js'
import {ConvergenceTracker} from '../lib/sync/convergence.js'
import {ignoring, openBroker, restarting} from './broker.js'
import {HealthWatch} from './health-watch.js'
import {Leadership} from './leadership.js'
import type {DaemonContext} from './runner.js'

const LOOK_EVERY_MS = 1000

/**
 * Follows every change until each active secondary proved it, and tells silent and busy secondaries apart. Of several instances
 * one sends again what was not proved; all watch.
 */
export async function startHealthChecker(context: DaemonContext<Config>): Promise<void> {
  const {config, metrics} = context
  const broker = await openBroker(context, 'health-checker')
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
  context.background('heartbeats', (ending) =>
    new PresenceBoard(broker).watch({...heartbeats, signal: ending}, (presence) => watch.heard(presence)),
  )
  const states = {onMalformed: malformed, onRestart: restarting(context, 'zones')}
  context.background('zones', (ending) =>
    watchStates(broker, {...states, signal: ending}, (state) => convergence.stored(state, performance.now())),
  )
  const events = {onMalformed: malformed, onRestart: restarting(context, 'events')}
  context.background('events', (ending) =>
    new EventStream(broker).watch({...events, signal: ending}, (event) =>
      answers.published(event, performance.now()),
    ),
  )
  context.background('overdue', async (ending) => {
    while (!ending.aborted) {
      await sleep(LOOK_EVERY_MS, ending).catch(() => undefined)
      if (!ending.aborted) await watch.look()
    }
  })
}
