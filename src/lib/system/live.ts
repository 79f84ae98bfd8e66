import {isAbortOf, sleep} from '../async/abort.js'
import {Slots} from '../async/slots.js'
import {asError} from '../broker/errors.js'
import {forever} from '../broker/forever.js'
import {followStates} from '../broker/state-follow.js'
import type {Config} from '../config/schema.js'
import {reportOf} from '../errors.js'
import type {Logger} from '../logger.js'
import type {HealthLimits} from '../sync/watch/judgement.js'
import {LiveModel, type LiveView} from '../sync/watch/live.js'
import {RECENT_MS} from '../sync/watch/recent-changes.js'
import type {ZoneList} from '../sync/watch/zone-list.js'
import {topologyOptions} from './broker-options.js'
import {clockOf, streamsOf} from './broker-state.js'
import {tellHappenings} from './happenings.js'
import {comparedOf, daemonsOf} from './health.js'
import {Pulse} from './pulse.js'
import {System} from './system.js'

export interface LiveOptions {
  config: Config
  limits: HealthLimits
  log: Logger
}

interface Asking {
  ms: number
  question(): Promise<void>
  restarting(error: Error): void
  signal: AbortSignal
}

const ASK_EVERY_MS = 2000
const COMPARED_EVERY_MS = 5000
const COMPARED_AT_ONCE = 8

/**
 * The running system, followed until it is disposed of: it waits for a broker that is not there, and goes on when one that
 * went away is back.
 */
export class LiveSystem implements AsyncDisposable {
  readonly #options: LiveOptions
  readonly #model: LiveModel
  readonly #ending = new AbortController()
  readonly #running: Promise<void>
  #system: System | undefined
  #clock: () => number = Date.now
  #version = 0

  private constructor(options: LiveOptions) {
    this.#options = options
    const {inactiveAfter, signatureWarning} = options.config.healthChecker
    const watched = {inactiveAfterMs: inactiveAfter, signatureWarning: signatureWarning / 1000}
    this.#model = new LiveModel({...watched, limits: options.limits}, Date.now())
    this.#running = this.#run(this.#ending.signal)
  }

  static start(options: LiveOptions): LiveSystem {
    return new LiveSystem(options)
  }

  /** Another number after everything that happened. */
  get version(): number {
    return this.#version
  }

  /** Undefined until there was a broker. */
  get system(): System | undefined {
    return this.#system
  }

  get zones(): ZoneList {
    return this.#model.zones
  }

  /** Rejects as what follows the system does, which only a mistake in it makes it do; resolves when disposed of. */
  get running(): Promise<void> {
    return this.#running
  }

  view(): LiveView {
    return this.#model.view(this.#clock())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    // First, so that nobody waits for the answers of a broker that is away.
    await this.#system?.[Symbol.asyncDispose]()
    await this.#running.catch(() => undefined)
  }

  async #run(signal: AbortSignal): Promise<void> {
    const {config, log} = this.#options
    const onWaiting = (error: Error) => this.#away({error})
    try {
      const system = await System.openWhenThere(config, log, {onWaiting}, signal)
      this.#system = system
      await Promise.all([
        this.#pulse(system, signal),
        this.#secondaries(system, signal),
        this.#happenings(system, signal),
        this.#zones(system, signal),
        ...this.#questions(system, signal),
      ])
    } catch (error) {
      if (!isAbortOf(signal, error)) throw error
    }
  }

  /** Whether the broker answers; a connection that stands says nothing of a server that does not move. */
  #pulse({broker}: System, signal: AbortSignal): Promise<void> {
    const pulse = new Pulse({
      beat: () => broker.nc.flush(),
      isConnected: () => broker.connected,
      onUp: () => {
        this.#model.connected({server: broker.nc.getServer(), version: broker.serverVersion})
        this.#changed()
      },
      onAway: (silentMs) => this.#away({lastAt: this.#clock() - silentMs}),
    })
    return pulse.run(signal)
  }

  #secondaries(system: System, signal: AbortSignal): Promise<void> {
    return system.watchSecondaries({onRestart: system.restarting, signal}, ({ageMs, ...heartbeat}) => {
      this.#model.heard(heartbeat, ageMs, this.#clock())
      this.#changed()
    })
  }

  /** What happened within the last minutes, then what happens. */
  #happenings(system: System, signal: AbortSignal): Promise<void> {
    return forever({onRestart: system.restarting, signal}, async (useful) => {
      this.#clock = await clockOf(system.broker)
      useful()
      const question = {zone: '>', since: this.#clock() - RECENT_MS, follow: true} as const
      await tellHappenings(system, question, signal, (happening) => {
        this.#model.happened(happening)
        this.#changed()
      })
    })
  }

  #zones(system: System, signal: AbortSignal): Promise<void> {
    const {zones} = this.#model
    const topology = topologyOptions(this.#options.config.broker)
    const feed = {topology, onMalformed: system.ignoring, onRestart: system.restarting, signal}
    return followStates(system.broker, feed, {
      onReset: () => zones.onReset(),
      onState: (state) => {
        zones.onState(state)
        this.#changed()
      },
      onUnreadable: (zone) => zones.onUnreadable(zone),
      onCaughtUp: () => {
        zones.onCaughtUp()
        this.#changed()
      },
    })
  }

  #questions(system: System, signal: AbortSignal): Array<Promise<void>> {
    const model = this.#model
    const {restarting} = system
    const ask = (ms: number, question: () => Promise<void>) => this.#every({ms, question, restarting, signal})
    return [
      ask(ASK_EVERY_MS, async () => model.told({events: await system.backlog()})),
      ask(ASK_EVERY_MS, async () => model.told({plans: await system.control.list()})),
      ask(ASK_EVERY_MS * 2, async () => model.told({daemons: await daemonsOf(system)})),
      ask(ASK_EVERY_MS * 2, async () => model.told({streams: await streamsOf(system.broker)})),
      ask(ASK_EVERY_MS * 2, async () => {
        const known = await system.secondaries(signal)
        model.known(new Set(known.map(({secondary}) => secondary)))
      }),
      ask(COMPARED_EVERY_MS, async () => {
        const slots = new Slots(COMPARED_AT_ONCE)
        const look = async (name: string) => model.compared(name, await comparedOf(system, name))
        await Promise.all([...model.heartbeats.keys()].map((name) => slots.hold(() => look(name))))
      }),
    ]
  }

  /** Asks again and again, also where there was no answer. */
  async #every({ms, question, restarting, signal}: Asking): Promise<void> {
    while (!signal.aborted) {
      try {
        await question()
        this.#model.prune(this.#clock())
        this.#changed()
      } catch (error) {
        if (!signal.aborted) restarting(asError(error))
      }
      await sleep(ms, signal).catch(() => undefined)
    }
  }

  #away({lastAt, error}: {lastAt?: number; error?: Error}): void {
    const told = error ? {error: reportOf(error)} : {}
    this.#model.away(this.#clock(), {...(lastAt === undefined ? {} : {lastAt}), ...told})
    this.#changed()
  }

  #changed(): void {
    this.#version++
  }
}
