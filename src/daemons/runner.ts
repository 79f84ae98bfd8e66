import {isAbortOf} from '../lib/async/abort.js'
import type {Config} from '../lib/config/schema.js'
import {createLogger} from '../lib/log/logger.js'
import type {Logger} from '../lib/logger.js'
import type {Metrics} from '../lib/metrics/metrics.js'
import type {Readiness} from '../lib/metrics/readiness.js'
import {type Close, Lifecycle} from './lifecycle.js'
import {saveMemory} from './memory-saver.js'
import {observe} from './observe.js'
import {type Interruption, ProcessWatch} from './process-watch.js'
import {ServiceManager} from './service-manager.js'

/** The sections of the configuration that every daemon has. */
export type DaemonConfig = Pick<Config, 'log' | 'metrics'>

/** What a daemon is given; all that it opens goes through `defer` or `background`. */
export interface DaemonContext<C extends DaemonConfig> {
  readonly config: C
  readonly log: Logger
  readonly metrics: Metrics
  /** Declare with `expect` what must hold, tell with `set` when it does: `readiness.set('broker', true)`. */
  readonly readiness: Readiness
  /** Aborted at the first stop signal, also while starting: fetch nothing more, settle what is in flight. */
  readonly signal: AbortSignal
  /** Registers how to close what was just opened; the last opened is closed first. */
  defer(name: string, close: Close): void
  /**
   * Starts an endless task that ends by the signal, and is waited for as if deferred. If it fails, or ends
   * earlier, the daemon stops and exits with 1.
   */
  background(name: string, task: (signal: AbortSignal) => Promise<void>): void
}

/** Wires a daemon up; resolves when it is at work. Waits for what is not there yet, instead of failing. */
export type StartDaemon<C extends DaemonConfig> = (context: DaemonContext<C>) => Promise<void>

export interface DaemonOptions<C extends DaemonConfig> {
  name: string
  version: string
  config: C
  start: StartDaemon<C>
  /** How long a stop may take before the process ends regardless, in milliseconds. */
  stopWithinMs?: number
}

type Ending = Interruption | {readonly why: 'failed' | 'start-failed'; readonly error: unknown}

const STOP_WITHIN_MS = 10_000
/** Nobody is left to wait for it. */
const STOP_AS_ORPHAN_WITHIN_MS = 2_000

/**
 * Runs a daemon until SIGTERM, SIGINT or a failure; resolves to the exit code: 0 when it was told to stop and
 * everything was closed in time, else 1. Rejects with the error of a start that failed, after closing what
 * it had opened. The caller must end the process then: after a missed deadline something is still open.
 */
export async function runDaemon<C extends DaemonConfig>(options: DaemonOptions<C>): Promise<0 | 1> {
  const {name, version, config, stopWithinMs = STOP_WITHIN_MS} = options
  using _saving = saveMemory()
  const log = createLogger({name, level: config.log.level, format: config.log.format})
  using watch = new ProcessWatch()
  using manager = new ServiceManager({log})
  const lifecycle = new Lifecycle()
  log.info({event: 'daemon.starting', version, node: process.version}, 'starting')
  const ending = await endingOf(options, {log, lifecycle, watch, manager})
  manager.stopping()
  if ('error' in ending)
    log.fatal({event: 'daemon.failed', because: ending.why, error: ending.error}, 'failed')
  if (ending.why === 'crash') return 1
  const withinMs = ending.why === 'orphaned' ? Math.min(stopWithinMs, STOP_AS_ORPHAN_WITHIN_MS) : stopWithinMs
  const closed = await stop({lifecycle, watch, log, why: ending.why, withinMs})
  if (ending.why === 'start-failed') throw ending.error
  return closed && ending.why !== 'failed' ? 0 : 1
}

interface Parts {
  log: Logger
  lifecycle: Lifecycle
  watch: ProcessWatch
  manager: ServiceManager
}

/** Starts the daemon and waits for the first reason to end it. */
async function endingOf<C extends DaemonConfig>(
  {name, version, config, start}: DaemonOptions<C>,
  {log, lifecycle, watch, manager}: Parts,
): Promise<Ending> {
  const starting = lifecycle.start(async () => {
    const {metrics, readiness} = await observe({name, version, listen: config.metrics.listen, log, lifecycle})
    manager.follow(readiness)
    const {signal} = lifecycle
    const defer = lifecycle.defer.bind(lifecycle)
    const background = lifecycle.background.bind(lifecycle)
    await start({config, log, metrics, readiness, signal, defer, background})
    readiness.set('started', true)
    log.info({event: 'daemon.started'}, 'started')
  })
  const startFailed = new Promise<Ending>((resolve) => {
    starting.catch((error: unknown) => {
      if (!lifecycle.signal.aborted) resolve({why: 'start-failed', error})
      else if (!isAbortOf(lifecycle.signal, error))
        log.warn({event: 'daemon.start_ended', error}, 'start ended')
    })
  })
  const failed = lifecycle.failed.then((error): Ending => ({why: 'failed', error}))
  return Promise.race([watch.first, failed, startFailed])
}

interface Stop {
  lifecycle: Lifecycle
  watch: ProcessWatch
  log: Logger
  why: Ending['why']
  withinMs: number
}

/** Closes everything; false when something was still open at the end, or failed to close. */
async function stop({lifecycle, watch, log, why, withinMs}: Stop): Promise<boolean> {
  const began = performance.now()
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(new DOMException('no time left', 'TimeoutError')), withinMs)
  log.info({event: 'daemon.stopping', because: why, open: lifecycle.open}, 'stopping')
  const late = new Promise<'deadline'>((resolve) => {
    // A macrotask later: what closes at once when its deadline is aborted is still in time.
    deadline.signal.addEventListener('abort', () => setImmediate(resolve, 'deadline'), {once: true})
  })
  const outcome = await Promise.race([lifecycle.close(deadline.signal), watch.forced, late])
  clearTimeout(timer)
  const ms = Math.round(performance.now() - began)
  if (!Array.isArray(outcome)) {
    const because = outcome === 'deadline' ? outcome : outcome.why
    const error = typeof outcome === 'object' && 'error' in outcome ? {error: outcome.error} : {}
    log.fatal(
      {event: 'daemon.stop_forced', because, open: lifecycle.open, ms, ...error},
      'not all was closed',
    )
    return false
  }
  for (const {name, error} of outcome) {
    log.error({event: 'daemon.close_failed', what: name, error}, 'close failed')
  }
  log.info({event: 'daemon.stopped', ms}, 'stopped')
  return outcome.length === 0
}
