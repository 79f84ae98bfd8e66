import {Commands} from '../broker/commands.js'
import {Broker, type BrokerObserver} from '../broker/connection.js'
import {Control} from '../broker/control.js'
import {EventStream} from '../broker/events.js'
import {History} from '../broker/history.js'
import {LeaseStore} from '../broker/lease-store.js'
import type {WatchOptions} from '../broker/new-messages.js'
import {Pauses} from '../broker/pauses.js'
import {type Presence, PresenceBoard} from '../broker/presence.js'
import {Reports} from '../broker/reports.js'
import {callRoll, type HeardDaemon} from '../broker/roll-call.js'
import {ZoneStore} from '../broker/zone-store.js'
import type {Config} from '../config/schema.js'
import type {ZoneName} from '../dns/name.js'
import type {Logger} from '../logger.js'
import type {PushSystem} from '../sync/push.js'
import {type Standing, standingOf} from '../sync/watch/standing.js'
import type {DaemonRole} from '../zone/daemon.js'
import type {ZoneEvent} from '../zone/event.js'
import type {Provision, Receipt} from '../zone/report.js'
import type {Stored} from '../zone/version.js'
import {brokerOptions} from './broker-options.js'

export interface KnownSecondary extends Presence, Standing {}

export interface KnownDaemon extends HeardDaemon {
  leads: boolean
}

/** Daemons of which one instance leads, by the names of their leases. */
const LEADING = ['health-checker', 'zone-provider'] as const satisfies DaemonRole[]

/** The running system as the operator's commands see it: everything through the broker, one connection, closed at the end. */
export class System implements PushSystem, AsyncDisposable {
  readonly broker: Broker
  readonly store: ZoneStore
  readonly commands: Commands
  readonly control: Control
  readonly history: History
  readonly pauses: Pauses
  readonly presence: PresenceBoard
  readonly #config: Config
  readonly #events: EventStream
  readonly #reports: Reports
  readonly #log: Logger

  private constructor(broker: Broker, config: Config, log: Logger) {
    this.broker = broker
    this.#config = config
    this.#log = log
    this.store = new ZoneStore(broker)
    this.commands = new Commands(broker)
    this.control = new Control(broker)
    this.history = new History(broker)
    this.pauses = new Pauses(broker)
    this.presence = new PresenceBoard(broker)
    this.#events = new EventStream(broker)
    this.#reports = new Reports(broker)
  }

  /**
   * Rejects with BrokerUnavailableError: a command does not wait for a broker. Where that knows roles, each login may only connect
   * under the names of its own clients.
   */
  static async open(config: Config, log: Logger, clientName = 'operator'): Promise<System> {
    const onError = (error: Error) => log.warn({event: 'broker.error', error}, 'the broker reported an error')
    return new System(await Broker.connect(brokerOptions(config.broker, clientName), {onError}), config, log)
  }

  /** Waits for a broker, for those who stay; `observer` is told of its comings and goings. Rejects only when aborted. */
  static async openWhenThere(
    config: Config,
    log: Logger,
    observer: BrokerObserver,
    signal: AbortSignal,
  ): Promise<System> {
    const options = brokerOptions(config.broker, 'operator')
    return new System(await Broker.connectWhenThere(options, observer, signal), config, log)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.close()
  }

  /** Every zone that the store knows, tombstones included, without their bodies. */
  states(signal: AbortSignal): AsyncGenerator<Stored> {
    return this.store.list(signal, this.ignoring)
  }

  /** Every secondary that ever sent a heartbeat, and was not forgotten. */
  async secondaries(signal: AbortSignal): Promise<KnownSecondary[]> {
    const known = await this.presence.list(signal, this.ignoring)
    return known.map(({paused, ...presence}) => {
      const said = {...presence, ...(paused ? {paused} : {})}
      return {...presence, ...standingOf(said, this.inactiveAfterMs, Date.now())}
    })
  }

  /** The age of a heartbeat from which on its secondary is silent. */
  get inactiveAfterMs(): number {
    return this.#config.healthChecker.inactiveAfter
  }

  /** Tells of every last heartbeat, then of each new one, for ever; resolves when aborted. */
  watchSecondaries(
    options: Omit<WatchOptions, 'onMalformed'>,
    on: (presence: Presence) => void,
  ): Promise<void> {
    return this.presence.watch({...options, onMalformed: this.ignoring}, on)
  }

  /** The daemons that are connected to the broker at this moment, and which of them leads where one has to. */
  async daemons(): Promise<KnownDaemon[]> {
    const leases = new LeaseStore(this.broker, this.broker.requestTimeoutMs)
    const [heard, ...leaders] = await Promise.all([
      callRoll(this.broker, this.ignoring),
      ...LEADING.map(async (name) => ({daemon: name, ...(await leases.look(name)).holder})),
    ])
    return heard.map((one) => ({
      ...one,
      leads: leaders.some(
        ({daemon, host, pid}) => daemon === one.daemon && host === one.host && pid === one.pid,
      ),
    }))
  }

  publish(event: ZoneEvent): Promise<number> {
    return this.#events.publish(event)
  }

  /** Events that the zone-providers have not settled. */
  backlog(): Promise<{waiting: number; inFlight: number}> {
    return this.#events.backlog()
  }

  /** The receipts of one secondary. */
  watchSecondary(secondary: string, on: (receipt: Receipt) => void): () => void {
    return this.#reports.watchReceipts('>', {on, onMalformed: this.ignoring}, secondary)
  }

  watchReceipts(zone: ZoneName, on: (receipt: Receipt) => void): () => void {
    return this.#reports.watchReceipts(zone, {on, onMalformed: this.ignoring})
  }

  watchProvisions(zone: ZoneName, on: (provision: Provision) => void): () => void {
    return this.#reports.watchProvisions(zone, {on, onMalformed: this.ignoring})
  }

  watching(): Promise<void> {
    return this.#reports.watching()
  }

  /** For everything that reads what others sent. */
  readonly ignoring = (error: Error) =>
    this.#log.warn({event: 'broker.malformed', error}, 'ignored a malformed message')

  readonly restarting = (error: Error) =>
    this.#log.warn({event: 'consumer.restart', error}, 'consuming begins again')
}
