import {readFileSync} from 'node:fs'
import type {JetStreamClient, JetStreamManager} from '@nats-io/jetstream'
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
} from 'nats'
import {aborted, sleep, withTimeout} from '../async/abort.js'
import {backoff} from '../async/backoff.js'
import type {MirrorName} from '../zone/heartbeat.js'
import {BrokerUnavailableError} from './errors.js'
import {type JetStream, jetStreamOf} from './jet-stream.js'
import {BrokerNames} from './names.js'
import {inboxPrefix} from './permissions.js'
import {Publisher} from './publisher.js'

export interface BrokerOptions {
  /** `nats://host:port` or `tls://host:port`; one that answers is enough. */
  servers: readonly string[]
  prefix: string
  /** The JetStream domain that has pdist's streams; undefined: that of the server. */
  domain?: string | undefined
  /** Zones are read from the mirror of this name, which the server has, and not from the zone store. */
  mirror?: string | undefined
  /** Shown in the server's list of connections. */
  clientName: string
  requestTimeoutMs: number
  user?: string | undefined
  password?: string | undefined
  token?: string | undefined
  credsFile?: string | undefined
  nkeyFile?: string | undefined
  caFile?: string | undefined
  certFile?: string | undefined
  keyFile?: string | undefined
  /** Allows a connection without TLS to a server that is not on this machine. */
  insecure: boolean
}

/** For a broker that stalls: what is still buffered then is as lost as it would be with a broker that is away. */
const FLUSH_MS = 2000

/** A stream that has the zones, and how one reaches it. */
export interface ZoneSource extends JetStream {
  stream: string
}

/** Told of what happens to the connection; for logs and readiness. */
export interface BrokerObserver {
  onWaiting?(error: BrokerUnavailableError): void
  onConnected?(server: string): void
  onDisconnected?(server: string): void
  onError?(error: Error): void
}

/** One connection to NATS, with what everything in this folder needs of it. Reconnects for ever until closed. */
export class Broker {
  readonly names: BrokerNames
  readonly requestTimeoutMs: number
  /** What the subjects begin with on which this connection may be answered. */
  readonly inboxPrefix: string
  readonly nc: NatsConnection
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  /** For what is published again and again; `js` does the same. */
  readonly publisher: Publisher
  /** The zone store, or its mirror. */
  readonly zones: ZoneSource
  /** Until the broker denies it: the daemons of a secondary leave this to others, who may. */
  mayMakeStreams = true
  mayMakeConsumers = true
  #connected = true
  #reconnected = Promise.withResolvers<void>()

  private constructor(nc: NatsConnection, options: BrokerOptions, main: JetStream, zones: ZoneSource) {
    this.nc = nc
    this.js = main.js
    this.jsm = main.jsm
    this.zones = zones
    this.names = new BrokerNames(options.prefix, options)
    this.requestTimeoutMs = options.requestTimeoutMs
    this.inboxPrefix = inboxPrefix(options.clientName)
    const {inboxPrefix: prefix, requestTimeoutMs: timeoutMs} = this
    this.publisher = new Publisher(nc, {inboxPrefix: prefix, timeoutMs})
  }

  /** One try. Rejects with BrokerUnavailableError. */
  static async connect(options: BrokerOptions, observer: BrokerObserver = {}): Promise<Broker> {
    const nc = await open(options)
    const main = await jetStreamOf(nc, options)
    const names = new BrokerNames(options.prefix, options)
    const zones =
      options.mirror === undefined
        ? {...main, stream: names.zoneStream}
        : {
            ...(await jetStreamOf(nc, {...options, domain: undefined})),
            stream: names.mirrorStream(options.mirror),
          }
    const broker = new Broker(nc, options, main, zones)
    void broker.#watch(observer)
    observer.onConnected?.(nc.getServer())
    return broker
  }

  /** Tries until there is a server: a daemon may be started before its broker. Rejects only when aborted. */
  static async connectWhenThere(
    options: BrokerOptions,
    observer: BrokerObserver,
    signal: AbortSignal,
  ): Promise<Broker> {
    for (const delay of backoff({firstMs: 100, maxMs: 5000})) {
      signal.throwIfAborted()
      try {
        return await Broker.connect(options, observer)
      } catch (error) {
        if (!(error instanceof BrokerUnavailableError)) throw error
        observer.onWaiting?.(error)
      }
      await sleep(delay, signal)
    }
    throw new Error('unreachable: a backoff never ends')
  }

  /** Where a secondary reads zones that says so of itself; undefined: the zone store. */
  async zonesOf(mirror: MirrorName | undefined): Promise<ZoneSource> {
    const {nc, requestTimeoutMs, names, js, jsm} = this
    if (mirror === undefined) return {js, jsm, stream: names.zoneStream}
    const there = await jetStreamOf(nc, {requestTimeoutMs, domain: mirror.domain})
    return {...there, stream: names.mirrorStream(mirror.name)}
  }

  /** The mirror of this name, as others reach it. */
  mirrorHere(name: string): MirrorName {
    // With domains one names each other's.
    const {domain} = (this.nc.info ?? {}) as {domain?: string}
    return {name, ...(this.names.domain !== undefined && domain !== undefined ? {domain} : {})}
  }

  get connected(): boolean {
    return this.#connected
  }

  /** Resolves the next time that a lost connection is there again. */
  get reconnected(): Promise<void> {
    return this.#reconnected.promise
  }

  /** The server's version, e.g. `2.9.10`. */
  get serverVersion(): string {
    return this.nc.info?.version ?? ''
  }

  /** Sends what is still buffered, then closes; a broker that is away does not hold it up. */
  async close(): Promise<void> {
    if (this.#connected && !this.nc.isClosed()) {
      const flushed = this.nc.flush().catch(() => undefined)
      await withTimeout(FLUSH_MS, undefined, (late) => Promise.race([flushed, aborted(late)]))
    }
    await this.nc.close()
  }

  async #watch(observer: BrokerObserver): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') {
        this.#connected = false
        observer.onDisconnected?.(status.server)
      } else if (status.type === 'reconnect') {
        this.#connected = true
        this.#reconnected.resolve()
        this.#reconnected = Promise.withResolvers()
        observer.onConnected?.(status.server)
      } else if (status.type === 'error') {
        this.publisher.failed(status.error)
        observer.onError?.(status.error)
      }
    }
  }
}

async function open(options: BrokerOptions): Promise<NatsConnection> {
  try {
    return await connect(toNats(options))
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    const file = cause instanceof Error && 'path' in cause ? cause.path : undefined
    if (file !== undefined) {
      throw new BrokerUnavailableError(`what identifies us to the broker cannot be read: ${words}`, {
        cause,
        hints: [`Look at ${file}, and at the files that [broker] of the configuration names`],
      })
    }
    throw new BrokerUnavailableError(`no NATS server answers at ${options.servers.join(', ')}: ${words}`, {
      cause,
      hints: hintsFor(words),
    })
  }
}

function hintsFor(words: string): string[] {
  if (!/does not support 'tls'/.test(words)) {
    return ['Check `broker.servers` and that nats-server runs there with JetStream (`-js`)']
  }
  return [
    'Give the server a certificate (`tls {}` in its configuration)',
    'For a network that nobody else can read: `broker.insecure = true`',
  ]
}

function toNats(options: BrokerOptions): NodeConnectionOptions {
  const {caFile, certFile, keyFile, user, password, token} = options
  const tls = {...(caFile ? {caFile} : {}), ...(certFile ? {certFile} : {}), ...(keyFile ? {keyFile} : {})}
  // Naming TLS, even without details, makes the client refuse a server that does not offer it.
  const mustEncrypt = Object.keys(tls).length > 0 || !(options.insecure || options.servers.every(isLoopback))
  const authenticator = authenticatorOf(options)
  return {
    servers: [...options.servers],
    name: options.clientName,
    // Else every request makes an Error with a stack trace in advance, for a failure that hardly ever comes.
    noAsyncTraces: true,
    inboxPrefix: inboxPrefix(options.clientName),
    timeout: 5000,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: () => 100 + Math.random() * 400,
    pingInterval: 10_000,
    maxPingOut: 2,
    ...(user ? {user} : {}),
    ...(password ? {pass: password} : {}),
    ...(token ? {token} : {}),
    ...(authenticator ? {authenticator} : {}),
    ...(mustEncrypt ? {tls} : {}),
  }
}

/** True for a server on this machine; `server` is a URL. */
export function isLoopback(server: string): boolean {
  const {hostname} = new URL(server)
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function authenticatorOf({credsFile, nkeyFile}: BrokerOptions): Authenticator | undefined {
  if (credsFile) return credsAuthenticator(readFileSync(credsFile))
  if (nkeyFile) return nkeyAuthenticator(Buffer.from(readFileSync(nkeyFile, 'utf8').trim()))
  return undefined
}
