import type {IncomingMessage, ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {aborted} from '../async/abort.js'
import {ClientFilter} from '../client-filter.js'
import {PdistError} from '../errors.js'
import {
  type CertificateFiles,
  ownCertificate,
  type ServerCertificate,
  selfSignedCertificate,
} from './certificate.js'
import type {ChangePublisher, RecogniseCall} from './change.js'
import {ChangeTurns} from './change-turns.js'
import {Exchange, type ExchangeParts} from './exchange.js'
import {Journal} from './journal.js'
import {DEFAULT_LIMITS, type ProxyLimits} from './limits.js'
import type {ProxyObserver} from './observer.js'
import {Outbox} from './outbox.js'
import {type HttpsServer, httpsServer} from './server.js'
import {Upstream} from './upstream.js'
import type {ProofSource} from './wait.js'
import {Waits} from './waits.js'

export interface ApiProxyOptions {
  /** Where clients connect; port 0 takes a free one. */
  listen: ReadonlyArray<{host: string; port: number}>
  /** Addresses and networks of the clients that may; without, everybody. */
  allowFrom?: readonly string[]
  /** PowerDNS's web server, such as `http://127.0.0.1:8081`. */
  upstream: string
  /** Holds the journal and, without `certificate`, a self-signed certificate. */
  stateDirectory: string
  /** How many changes PowerDNS is given at once; without, all that come. */
  changesAtOnce?: number
  certificate?: CertificateFiles | undefined
  recognise: RecogniseCall
  publisher: ChangePublisher
  /** Where the proofs are heard that a client waits for. */
  proofs: ProofSource
  observer: ProxyObserver
  limits?: Partial<ProxyLimits>
  /** A fail point for tests: PowerDNS has answered a change, nothing is published yet. */
  afterUpstreamAnswer?: () => Promise<void>
}

const EVERYBODY = ['0.0.0.0/0', '::/0']

/** The address to listen on cannot be had. */
export class ListenError extends PdistError {
  readonly code = 'PDIST_LISTEN'
}

/**
 * An HTTPS server before PowerDNS's API. Every call goes through unchanged; one that changes a zone is published, and never lost:
 * its intent is on disk before PowerDNS can act, and stays until the publication is acknowledged.
 */
export class ApiProxy {
  readonly certificate: ServerCertificate
  readonly #servers: HttpsServer[]
  readonly #journal: Journal
  readonly #outbox: Outbox
  readonly #upstream: Upstream
  readonly #turns: ChangeTurns
  readonly #waits: Waits
  readonly #parts: ExchangeParts
  readonly #exchanges = new Map<Promise<void>, ServerResponse>()
  #closing = false

  private constructor(options: ApiProxyOptions, certificate: ServerCertificate, journal: Journal) {
    const {recognise, publisher, observer, afterUpstreamAnswer} = options
    const limits = {...DEFAULT_LIMITS, ...options.limits}
    this.certificate = certificate
    this.#journal = journal
    this.#outbox = new Outbox({publisher, observer, attemptMs: limits.publishAttemptMs})
    this.#upstream = new Upstream(options.upstream, {
      connections: limits.upstreamConnections,
      connectTimeoutMs: limits.connectTimeoutMs,
    })
    this.#turns = new ChangeTurns({
      atOnce: options.changesAtOnce ?? Number.POSITIVE_INFINITY,
      overdueMs: limits.overdueMs,
    })
    this.#waits = new Waits(options.proofs, limits.maxWaiting)
    this.#parts = {
      upstream: this.#upstream,
      recognise,
      journal,
      outbox: this.#outbox,
      turns: this.#turns,
      waits: this.#waits,
      publisher,
      observer,
      limits,
      afterUpstreamAnswer,
    }
    const allowed = new ClientFilter(options.allowFrom ?? EVERYBODY)
    this.#servers = options.listen.map(() =>
      httpsServer(certificate, limits, allowed, {
        connected: () => this.#upstream.prepare(),
        request: (request, response, target) => this.#take(request, response, target),
        malformed: (error) => observer.malformed(error),
        turnedAway: (address) => observer.turnedAway(address),
      }),
    )
  }

  /**
   * Resolves when requests are served. What an earlier process left in the journal is published meanwhile.
   * @throws JournalError, JournalLockedError, CertificateError, ListenError, InvalidAddressError
   */
  static async start(options: ApiProxyOptions): Promise<ApiProxy> {
    const {stateDirectory, observer, listen} = options
    const journal = await Journal.open(stateDirectory, {warn: (message) => observer.warning(message)})
    try {
      const certificate = await (options.certificate
        ? ownCertificate(options.certificate)
        : selfSignedCertificate(stateDirectory))
      const left = journal.pending()
      const proxy = new ApiProxy(options, certificate, journal)
      await proxy.#listen(listen)
      for (const handle of left) void proxy.#outbox.deliver(handle)
      return proxy
    } catch (error) {
      await journal.close()
      throw error
    }
  }

  /** Where it listens, with the real ports, in the order of `listen`. */
  get addresses(): AddressInfo[] {
    return this.#servers.flatMap(({server}) => {
      const address = server.address()
      return typeof address === 'object' && address !== null ? [address] : []
    })
  }

  /** Changes whose call is under way, or that are not acknowledged yet. */
  get pendingChanges(): number {
    return this.#journal.size
  }

  /** Answers that are held back for proofs. */
  get waiting(): number {
    return this.#waits.size
  }

  /** Changes that wait until PowerDNS has made others. */
  get queued(): number {
    return this.#turns.waiting
  }

  /** From now on PowerDNS is given so many changes at once. */
  allowAtOnce(changes: number): void {
    this.#turns.allow(changes)
  }

  /**
   * Takes no more requests and waits for those under way, though not for proofs, and for publications under way, until `deadline`
   * aborts; then refuses the changes that PowerDNS was not given yet, and cuts what is left. Changes not acknowledged by then stay
   * in the journal.
   */
  async close(deadline: AbortSignal): Promise<void> {
    this.#closing = true
    this.#waits.stop()
    for (const response of this.#exchanges.values()) response.shouldKeepAlive = false
    const served = Promise.all(this.#servers.map((server) => server.close()))
    await Promise.race([served.then(() => this.#settled()), aborted(deadline)])
    this.#turns.stop()
    // Those who were refused just now are to hear of it before their connections are cut.
    await new Promise(setImmediate)
    await this.#outbox.stop(deadline)
    for (const {server} of this.#servers) server.closeAllConnections()
    this.#upstream.destroy()
    await served
    await this.#settled()
    await this.#journal.close()
  }

  /** Listens on all addresses or on none. */
  async #listen(listen: ApiProxyOptions['listen']): Promise<void> {
    for (const [i, address] of listen.entries()) {
      try {
        await this.#servers[i]?.listen({...address})
      } catch (cause) {
        this.#upstream.destroy()
        await Promise.all(this.#servers.map((server) => server.close()))
        throw listenError(address, cause)
      }
    }
  }

  #take(request: IncomingMessage, response: ServerResponse, target: string): void {
    if (this.#closing) response.shouldKeepAlive = false
    // An answer that had begun before the closing leaves its connection open.
    response.once('close', () => this.#closing && setImmediate(() => this.#closeIdleConnections()))
    const exchange = new Exchange(this.#parts, request, response, target).run()
    this.#exchanges.set(exchange, response)
    void exchange.finally(() => this.#exchanges.delete(exchange))
  }

  #closeIdleConnections(): void {
    for (const {server} of this.#servers) server.closeIdleConnections()
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#exchanges.keys())
  }
}

function listenError({host, port}: {host: string; port: number}, cause: unknown): ListenError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ListenError(`cannot listen on ${host} port ${port}: ${reason}`, {
    cause,
    hints: ['Is another process listening there?', 'Ports below 1024 need CAP_NET_BIND_SERVICE'],
  })
}
