import {type ClientRequest, Agent as HttpAgent} from 'node:http'
import {Agent as HttpsAgent} from 'node:https'
import {urlToHttpOptions} from 'node:url'
import {PdistError} from '../errors.js'
import {ReadyAgent, ReadyConnection} from '../ready-connection.js'
import {UpstreamAnswer} from './answer.js'
import {BadRequestError, UpstreamUnavailableError} from './errors.js'
import {ask, SAFE, type UpstreamLine, type UpstreamServer} from './upstream-call.js'
import type {UpstreamRequest} from './upstream-request.js'

export interface UpstreamOptions {
  connections: number
  connectTimeoutMs: number
}

const INVALID = new Set(['ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN', 'ERR_UNESCAPED_CHARACTERS'])

/**
 * The connections to PowerDNS. Reads share kept connections, if it keeps any, and are repeated where one that was open before ends under
 * them. Anything else has a connection of its own: a kept one can be closed by PowerDNS just when the request is on its way, and
 * then nobody knows whether PowerDNS acted, so it could not be repeated.
 */
export class Upstream {
  readonly #server: UpstreamServer
  readonly #reads: UpstreamLine
  readonly #whole: UpstreamLine
  /** For bodies that come in pieces, from clients that may be slow: whoever has a whole call must not wait for them. */
  readonly #inPieces: UpstreamLine
  /** Undefined where something else stands before PowerDNS, by TLS. */
  readonly #ready: ReadyConnection | undefined
  readonly #asking = new Set<ClientRequest>()

  /** @param origin such as `http://127.0.0.1:8081` */
  constructor(origin: string, {connections: maxSockets, connectTimeoutMs}: UpstreamOptions) {
    const {protocol, hostname, port} = urlToHttpOptions(new URL(origin))
    const isSecure = protocol === 'https:'
    const standard = isSecure ? 443 : 80
    this.#server = {isSecure, host: `${hostname}`, port: `${port || standard}`, connectTimeoutMs}
    const ready = isSecure
      ? undefined
      : new ReadyConnection({host: `${hostname}`, port: Number(port || standard)})
    this.#ready = ready
    const line = (kept: boolean): UpstreamLine => {
      const options = {maxSockets, keepAlive: kept}
      return {agent: ready ? new ReadyAgent(ready, options) : new HttpsAgent(options), kept}
    }
    this.#reads = line(true)
    this.#whole = line(false)
    // PowerDNS's patience with a connection begins when it is open, and a slow client may need all of it.
    this.#inPieces = {
      agent: isSecure ? new HttpsAgent({maxSockets}) : new HttpAgent({maxSockets}),
      kept: false,
    }
  }

  /** A call is about to come: it finds its connection open. */
  prepare(): void {
    this.#ready?.prepare()
  }

  /**
   * Resolves with PowerDNS's answer as soon as its headers are there.
   * @throws UpstreamUnavailableError, UpstreamTimeoutError, BadRequestError, or what the body or the signal gave up with
   */
  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const {method, body, signal} = request
    if (body !== null)
      return this.#ask(request, body instanceof Uint8Array ? this.#whole : this.#inPieces).answer
    if (!SAFE.has(method)) return this.#ask(request, this.#whole).answer
    const {answer, wasOpen} = this.#ask(request, this.#reads)
    try {
      return await answer
    } catch (error) {
      const isOver = !(error instanceof UpstreamUnavailableError) || signal.aborted
      if (isOver || !wasOpen()) throw error
      return this.#ask(request, this.#whole).answer
    }
  }

  destroy(): void {
    for (const asking of this.#asking) asking.destroy()
    for (const {agent} of [this.#reads, this.#whole, this.#inPieces]) agent.destroy()
  }

  #ask(request: UpstreamRequest, line: UpstreamLine) {
    const {promise, resolve, reject} = Promise.withResolvers<UpstreamAnswer>()
    const {signal, onStart} = request
    const onError = (error: unknown) => reject(asProxyError(error))
    const answer = new UpstreamAnswer(signal, {onStart, onHeaders: resolve, onError})
    let wasOpen = false
    try {
      const asking = ask(request, this.#server, line, answer)
      asking.once('socket', ({connecting}) => {
        wasOpen = !connecting
      })
      this.#watch(asking)
    } catch (error) {
      onError(error)
    }
    return {answer: promise, wasOpen: () => wasOpen}
  }

  #watch(asking: ClientRequest): void {
    this.#asking.add(asking)
    asking.once('close', () => this.#asking.delete(asking))
  }
}

/** The body and the signal give up with errors of our own; all others are Node's. */
function asProxyError(cause: unknown): PdistError {
  if (cause instanceof PdistError) return cause
  if (INVALID.has(codeOf(cause))) return new BadRequestError('this request cannot be forwarded', {cause})
  return new UpstreamUnavailableError('PowerDNS cannot be reached, or ended the connection', {
    cause,
    hints: ['Is PowerDNS running, with `webserver=yes` or `api=yes` at the configured address?'],
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
