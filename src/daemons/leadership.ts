import {randomBytes} from 'node:crypto'
import {hostname} from 'node:os'
import {aborted, isAbortOf, orAborted} from '../lib/async/abort.js'
import type {Broker} from '../lib/broker/connection.js'
import {Lease, type LeaseLoss} from '../lib/broker/leases.js'
import type {Config} from '../lib/config/schema.js'
import {topologyOptions} from '../lib/system/broker-options.js'
import type {DaemonContext} from './runner.js'

/**
 * Which one of several instances of a daemon leads. The others do everything but what only the leader does, and take over
 * within seconds. Two leaders at once would do no harm: what a leader does may be done twice.
 */
export class Leadership {
  readonly #context: DaemonContext<Config>
  readonly #name: string
  readonly #lease: Lease
  /** Aborted when this term ends. */
  #term: AbortController | undefined
  #gained = Promise.withResolvers<void>()

  private constructor(context: DaemonContext<Config>, broker: Broker, name: string) {
    const session = randomBytes(16).toString('hex')
    this.#context = context
    this.#name = name
    this.#lease = new Lease(broker, {
      name,
      holder: {id: session, session, host: hostname(), pid: process.pid},
      topology: topologyOptions(context.config.broker),
      onHeld: () => this.#gain(),
      onLost: (because) => this.#lose(because),
      onTrouble: (error) => context.log.warn({event: 'leader.unknown', lease: name, error}, 'no lease now'),
    })
  }

  /** `name` is the lease's. Given up with the daemon, after everything that was opened later is closed. */
  static open(context: DaemonContext<Config>, broker: Broker, name: string): Leadership {
    const leadership = new Leadership(context, broker, name)
    const ending = new AbortController()
    const holding = leadership.#lease.hold(ending.signal)
    context.defer('leadership', () => {
      ending.abort()
      return holding
    })
    context.metrics.beforeScrape(() => context.metrics.set('leader', leadership.leading ? 1 : 0))
    return leadership
  }

  /** To be asked right before whatever only the leader may do. */
  get leading(): boolean {
    return this.#lease.held
  }

  /**
   * Runs `task` in every term of ours, from its beginning; the signal is aborted when the term ends or the daemon stops, and
   * the next run waits for the last one to end. A task that ends by itself is done for this term; if it fails, the daemon stops.
   */
  whileLeading(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    this.#context.background(name, (ending) => this.#serve(task, ending))
  }

  async #serve(task: (signal: AbortSignal) => Promise<void>, ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      if (!this.#term) await orAborted(ending, this.#gained.promise)
      if (ending.aborted || !this.#term) continue
      const signal = AbortSignal.any([this.#term.signal, ending])
      try {
        await task(signal)
      } catch (error) {
        if (!isAbortOf(signal, error)) throw error
      }
      await aborted(signal)
    }
  }

  #gain(): void {
    this.#context.log.info({event: 'leader.gained', lease: this.#name}, 'this instance leads now')
    this.#term = new AbortController()
    this.#gained.resolve()
  }

  #lose(because: LeaseLoss): void {
    this.#context.log.info({event: 'leader.lost', lease: this.#name, because}, 'this instance leads no more')
    this.#term?.abort(new DOMException('another instance may lead now', 'AbortError'))
    this.#term = undefined
    this.#gained = Promise.withResolvers()
  }
}
