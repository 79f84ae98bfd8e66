import {isAbortOf, orAborted, sleep} from '../../lib/async/abort.js'
import {backoff} from '../../lib/async/backoff.js'
import type {Broker} from '../../lib/broker/connection.js'
import {type Presence, PresenceBoard} from '../../lib/broker/presence.js'
import type {Config} from '../../lib/config/schema.js'
import {ActivityTracker} from '../../lib/sync/watch/activity.js'
import {ignoring, restarting} from '../broker.js'
import type {DaemonContext} from '../runner.js'

/**
 * Which secondaries are active, which those that are paused are not. Nothing is asked before somebody wants to know; from then on their heartbeats are followed, since
 * to read them anew for each call would cost it milliseconds.
 */
export class KnownSecondaries {
  readonly #context: DaemonContext<Config>
  readonly #tracker: ActivityTracker
  readonly #paused = new Set<string>()
  readonly #wanted = Promise.withResolvers<void>()
  readonly #connected = Promise.withResolvers<Broker>()
  readonly #listed = Promise.withResolvers<void>()

  constructor(context: DaemonContext<Config>) {
    this.#context = context
    this.#tracker = new ActivityTracker(context.config.healthChecker.inactiveAfter)
  }

  /** Somebody is about to ask. */
  prepare(): void {
    this.#wanted.resolve()
  }

  attach(broker: Broker): void {
    this.#connected.resolve(broker)
  }

  /** Resolves when all are known; not before there is a broker. */
  get known(): Promise<void> {
    return this.#listed.promise
  }

  list(): Array<{name: string; active: boolean}> {
    this.#tracker.silent(performance.now())
    return this.#tracker.all.map(({secondary, active}) => ({
      name: secondary,
      active: active && !this.#paused.has(secondary),
    }))
  }

  /** Resolves when aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    await orAborted(signal, this.#wanted.promise)
    const connected = this.#connected.promise
    await orAborted(signal, connected)
    if (signal.aborted) return
    const board = new PresenceBoard(await connected)
    await this.#listOnce(board, signal)
    this.#listed.resolve()
    const watch = {onMalformed: ignoring(this.#context), onRestart: restarting(this.#context, 'heartbeats')}
    await board.watch({...watch, signal}, (presence) => this.#heard(presence))
  }

  /** The watch that follows does not tell when it has told all that there was. */
  async #listOnce(board: PresenceBoard, signal: AbortSignal): Promise<void> {
    for (const delay of backoff({firstMs: 100, maxMs: 5_000})) {
      try {
        for (const presence of await board.list(signal, ignoring(this.#context))) this.#heard(presence)
        return
      } catch (error) {
        if (isAbortOf(signal, error)) throw error
        this.#context.log.warn({event: 'secondaries.unknown', error}, 'the heartbeats could not be read')
      }
      await sleep(delay, signal)
    }
  }

  #heard({secondary, ageMs, paused}: Presence): void {
    if (paused) this.#paused.add(secondary)
    else this.#paused.delete(secondary)
    this.#tracker.heard(secondary, ageMs, performance.now())
  }
}
