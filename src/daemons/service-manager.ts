import {writeSync} from 'node:fs'
import type {Logger} from '../lib/logger.js'
import type {Readiness} from '../lib/metrics/readiness.js'
import {type Notice, NotifyChannel} from './notify-channel.js'

/** How long a start may wait for what is not there yet, until it counts as done: apt waits for it, and systemd gives it 90 s. */
const PATIENCE_MS = 20_000
/** Conditions of the daemon itself: nothing that it waits for. */
const OWN = new Set(['started', 'running'])

export interface ServiceManagerOptions {
  environment?: NodeJS.ProcessEnv
  log: Logger
  patienceMs?: number
}

/**
 * Tells systemd how the daemon stands, by the protocol of sd_notify(3): ready, what it waits for, alive, stopping. Says nothing
 * where `PDIST_NOTIFY_FD` names no socket, which the launcher connects (docs/decisions/0016-telling-systemd.md).
 */
export class ServiceManager implements Disposable {
  readonly #channel: NotifyChannel | undefined
  readonly #patienceMs: number
  readonly #watchdog: NodeJS.Timeout | undefined
  #patience: NodeJS.Timeout | undefined
  #toldReady = false
  #status = ''

  constructor({environment = process.env, log, patienceMs = PATIENCE_MS}: ServiceManagerOptions) {
    this.#patienceMs = patienceMs
    const fd = Number(environment.PDIST_NOTIFY_FD ?? Number.NaN)
    if (!Number.isInteger(fd)) return
    const onLost = (error: unknown) =>
      log.warn({event: 'systemd.not_told', error}, 'the service manager does not listen')
    this.#channel = new NotifyChannel((message) => writeSync(fd, message), onLost)
    const everyMs = watchdogMs(environment)
    if (everyMs === undefined) return
    this.#watchdog = setInterval(() => this.#tell({WATCHDOG: '1'}), everyMs / 2)
  }

  /** Tells of every change from now on; and that the start is done when all conditions hold, or took too long to wait for. */
  follow(readiness: Readiness): void {
    if (!this.#channel) return
    this.#patience = setTimeout(() => this.#ready(), this.#patienceMs)
    const look = () => {
      this.#describe(readiness.missing)
      if (readiness.ready) this.#ready()
    }
    readiness.onChange(look)
    look()
  }

  stopping(): void {
    clearTimeout(this.#patience)
    this.#tell({STOPPING: '1'})
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watchdog)
    clearTimeout(this.#patience)
    this.#channel?.close()
  }

  #ready(): void {
    clearTimeout(this.#patience)
    if (this.#toldReady) return
    this.#toldReady = true
    this.#tell({READY: '1'})
  }

  #describe(missing: readonly string[]): void {
    const status = statusOf(missing)
    if (status === this.#status) return
    this.#status = status
    this.#tell({STATUS: status})
  }

  #tell(notice: Notice): void {
    this.#channel?.tell(notice)
  }
}

/** What `systemctl status` shows, of the conditions that do not hold. */
export function statusOf(missing: readonly string[]): string {
  if (missing.includes('running')) return 'stopping'
  const awaited = missing.filter((name) => !OWN.has(name))
  if (awaited.length > 0) return `waiting for ${awaited.join(', ')}`
  return missing.length > 0 ? 'starting' : 'at work'
}

/** Within how many milliseconds the manager wants to hear of this process; undefined where it does not care. */
export function watchdogMs({WATCHDOG_USEC, WATCHDOG_PID}: NodeJS.ProcessEnv): number | undefined {
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid) return undefined
  const microseconds = Number(WATCHDOG_USEC ?? 0)
  return microseconds > 0 ? microseconds / 1000 : undefined
}
