import {isAbortOf, orAborted, withTimeout} from '../../lib/async/abort.js'
import {PresenceBoard} from '../../lib/broker/presence.js'
import {feedPosition} from '../../lib/broker/zone-feed.js'
import {leastFree, type Means, shortagesOf} from '../../lib/sync/watch/shortages.js'
import type {Heartbeat} from '../../lib/zone/heartbeat.js'
import {outageWords} from '../../lib/zone/outage.js'
import {pauseWords} from '../../lib/zone/pause.js'
import {Disks, loadPerCore, memoryUse} from '../load.js'
import {version} from '../version.js'
import type {SyncerContext, SyncerParts} from './parts.js'

const PROBLEMS_TOLD = 20
const DISKS_TOLD = 20
const WARNINGS_TOLD = 20
const FAREWELL_MS = 1_000
const STOPPED = 'its syncer was stopped: start `pdist daemon syncer` there again'

/** Says again and again how this secondary stands, until aborted. */
export async function beat(context: SyncerContext, parts: SyncerParts, signal: AbortSignal): Promise<void> {
  const {config, log, metrics} = context
  const {gate, news} = parts
  const board = new PresenceBoard(parts.broker)
  const disks = new Disks([config.state.directory, ...config.syncer.watchDisk])
  const startedAt = Date.now()
  // Nobody shall wait for a secondary that was paused before it was started.
  await orAborted(signal, gate.known)
  if (signal.aborted) return
  const say = async (more: readonly string[] = []) => {
    const means = {load: loadPerCore(), memory: memoryUse(), disks: await disks.measure()}
    show(metrics, means)
    metrics.set('paused', gate.pause ? 1 : 0)
    try {
      const pending = gate.pause ? await waitingInBroker(context, parts) : parts.syncer.pending
      await board.beat({...compose(context, parts, means, {startedAt, more}), pending})
    } catch (error) {
      if (!isAbortOf(signal, error)) log.warn({event: 'heartbeat.lost', error}, 'heartbeat was not taken')
    }
  }
  while (!signal.aborted) {
    await say()
    await news.wait(config.syncer.heartbeat, signal)
  }
  // While it is closing nobody knows yet what to say of the pause.
  if (!parts.name.isOurs || (!gate.isOpen && !gate.pause)) return
  // Until its heartbeat is too old nobody would know that it is gone.
  await withTimeout(FAREWELL_MS, undefined, (late) => orAborted(late, say([STOPPED])))
}

function show(metrics: SyncerContext['metrics'], {load, memory, disks}: Means): void {
  metrics.set('load', load)
  metrics.set('memoryAvailable', memory.available / memory.total)
  const free = leastFree(disks)
  if (free !== undefined) metrics.set('diskFree', free)
}

/** While nothing is taken from the broker, only the broker knows what waits. */
async function waitingInBroker({config}: SyncerContext, {broker, syncer}: SyncerParts): Promise<number> {
  const position = await feedPosition(broker, broker.zones, config.secondary.name)
  return position ? position.waiting + position.inFlight : syncer.pending
}

function compose(
  {config}: SyncerContext,
  parts: SyncerParts,
  means: Means,
  {startedAt, more}: {startedAt: number; more: readonly string[]},
): Omit<Heartbeat, 'pending'> {
  const {syncer, applier, book, gate, watch, powerDns} = parts
  const {problems} = syncer
  const {name: secondary} = config.secondary
  const {pause} = gate
  const shortages = shortagesOf(means, config.syncer)
  const ending = book.endingSignatures(Math.floor(Date.now() / 1000), config.syncer.signatureWarning / 1000)
  const ended = ending.filter(({leftS}) => leftS <= 0).length
  // While it is paused nobody looks at anything.
  const outages = watch.outages.all.filter(({of}) => of !== 'survey' || !pause)
  const warnings = [
    ...more,
    ...(pause ? [pauseWords(pause)] : []),
    ...outages.map(outageWords),
    ...(ended > 0 ? [`${ended} zones are served with signatures that have expired`] : []),
    ...(ending.length > ended ? [`${ending.length - ended} zones have signatures that expire soon`] : []),
    ...(problems.length > 0
      ? [
          `${problems.length} zones are not served as they should be: \`pdist secondary show ${secondary}\` says why`,
        ]
      : []),
    ...shortages.map(({words}) => words),
  ].slice(0, WARNINGS_TOLD)
  return {
    secondary,
    state: warnings.length > 0 ? 'warning' : 'ok',
    pdist: version,
    powerdns: powerDns.version,
    node: process.version,
    zones: applier.zones,
    lag: syncer.lag,
    load: means.load,
    memory: means.memory,
    disks: means.disks.slice(0, DISKS_TOLD),
    shortages: [...new Set(shortages.map(({what}) => what))],
    warnings,
    problems: problems.slice(0, PROBLEMS_TOLD),
    problemCount: problems.length,
    signatures: {ending: ending.length, ended, first: ending.slice(0, PROBLEMS_TOLD)},
    ...(outages.length > 0 ? {outages} : {}),
    ...(pause ? {paused: pause} : {}),
    ...(config.syncer.mirror === undefined ? {} : {mirror: parts.broker.mirrorHere(config.syncer.mirror)}),
    startedAt,
  }
}
