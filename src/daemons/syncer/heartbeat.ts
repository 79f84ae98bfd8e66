import {isAbortOf, sleep} from '../../lib/async/abort.js'
import {PresenceBoard} from '../../lib/broker/presence.js'
import type {Heartbeat} from '../../lib/zone/heartbeat.js'
import {loadPerCore} from '../load.js'
import {version} from '../version.js'
import type {SyncerContext, SyncerParts} from './parts.js'

const PROBLEMS_TOLD = 20

/** Says again and again how this secondary stands, until aborted. */
export async function beat(context: SyncerContext, parts: SyncerParts, signal: AbortSignal): Promise<void> {
  const {config, log, metrics} = context
  const board = new PresenceBoard(parts.broker)
  const startedAt = Date.now()
  while (!signal.aborted) {
    const heartbeat = compose(context, parts, startedAt)
    metrics.set('load', heartbeat.load)
    try {
      await board.beat(heartbeat)
    } catch (error) {
      if (!isAbortOf(signal, error)) log.warn({event: 'heartbeat.lost', error}, 'heartbeat was not taken')
    }
    await sleep(config.syncer.heartbeat, signal).catch(() => undefined)
  }
}

function compose({config}: SyncerContext, parts: SyncerParts, startedAt: number): Heartbeat {
  const {syncer, applier, powerdns} = parts
  const {problems} = syncer
  const load = loadPerCore()
  const warnings = [
    ...(load > config.syncer.loadWarning
      ? [`load per core is ${load.toFixed(1)}, over ${config.syncer.loadWarning}`]
      : []),
    ...(problems.length > 0 ? [`${problems.length} zones are not served as they should be`] : []),
  ]
  return {
    secondary: config.secondary.name,
    state: warnings.length > 0 ? 'warning' : 'ok',
    pdist: version,
    powerdns,
    node: process.version,
    zones: applier.zones,
    pending: syncer.pending,
    lag: syncer.lag,
    load,
    warnings,
    problems: problems.slice(0, PROBLEMS_TOLD),
    problemCount: problems.length,
    startedAt,
  }
}
