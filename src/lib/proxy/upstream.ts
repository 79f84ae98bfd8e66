import {Agent, type ClientRequest} from 'node:http'
import {urlToHttpOptions} from 'node:url'
import {type Dispatcher, Pool} from 'undici'
import {PdistError} from '../errors.js'
import {UpstreamAnswer} from './answer.js'
import {BadRequestError, UpstreamTimeoutError, UpstreamUnavailableError} from './errors.js'
import {type OwnConnectionOptions, sendAlone} from './own-connection.js'
import type {UpstreamRequest} from './upstream-request.js'

export interface UpstreamOptions {
  connections: number
  connectTimeoutMs: number
}

/** RFC 9110 §9.2.1: what PowerDNS may be asked twice. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Of which nearly all of what must not be repeated is. */
const CHANGING = new Set(['PATCH', 'PUT', 'POST', 'DELETE'])
const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const INVALID = new Set([
  'UND_ERR_INVALID_ARG',
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
  'ERR_UNESCAPED_CHARACTERS',
])
const CONNECTION_ENDED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/**
 * The connections to PowerDNS. Reads share kept connections. Anything else has a connection of its own: a kept one can be closed
 * by PowerDNS just when the request is on its way, and then nobody knows whether PowerDNS acted, so it could not be repeated.
 */
export class Upstream {
  readonly #kept: Pool
  readonly #fresh: Pool
  /** Both undefined where PowerDNS is reached by TLS. */
  readonly #alone: OwnConnectionOptions | undefined
  /** For bodies that come in pieces, from clients that may be slow: whoever has a whole call must not wait for them. */
  readonly #inPieces: OwnConnectionOptions | undefined
  readonly #asking = new Set<ClientRequest>()

  /** @param origin such as `http://127.0.0.1:8081` */
  constructor(origin: string, {connections, connectTimeoutMs}: UpstreamOptions) {
    // TCP's own keep-alive probes are of no use on connections this short, and cost several system calls each.
    const common = {connections, connect: {timeout: connectTimeoutMs, keepAlive: false}}
    this.#kept = new Pool(origin, common)
    this.#fresh = new Pool(origin, {...common, pipelining: 0})
    const {protocol, hostname, port} = urlToHttpOptions(new URL(origin))
    if (protocol !== 'http:') return
    const server = {host: `${hostname}`, port: `${port || 80}`, connectTimeoutMs}
    this.#alone = {...server, agent: new Agent({maxSockets: connections})}
    this.#inPieces = {...server, agent: new Agent({maxSockets: connections})}
  }

  /**
   * Resolves with PowerDNS's answer as soon as its headers are there.
   * @throws UpstreamUnavailableError, UpstreamTimeoutError, BadRequestError, or what the body or the signal gave up with
   */
  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const isRepeatable = SAFE.has(request.method) && request.body === null
    if (!isRepeatable) return this.#sendFresh(request)
    try {
      return await send(this.#kept, request)
    } catch (error) {
      if (!isConnectionEnd(error) || request.signal.aborted) throw error
      return this.#sendFresh(request)
    }
  }

  #sendFresh(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const isInPieces = request.body !== null && typeof request.body !== 'function'
    const own = isInPieces ? this.#inPieces : this.#alone
    const alone = CHANGING.has(request.method) ? own : undefined
    if (!alone) return send(this.#fresh, request)
    return answerTo(request, (answer) => {
      const asking = sendAlone(request, alone, answer)
      this.#asking.add(asking)
      asking.once('close', () => this.#asking.delete(asking))
    })
  }

  async destroy(): Promise<void> {
    for (const asking of this.#asking) asking.destroy()
    this.#alone?.agent.destroy()
    this.#inPieces?.agent.destroy()
    await Promise.all([this.#kept.destroy(), this.#fresh.destroy()])
  }
}

function send(pool: Pool, request: UpstreamRequest): Promise<UpstreamAnswer> {
  return answerTo(request, (answer) => {
    const {method, target: path, headers, answerTimeoutMs: headersTimeout} = request
    const body = typeof request.body === 'function' ? pieceOf(request.body) : request.body
    const options: Dispatcher.DispatchOptions = {method, path, headers, headersTimeout, body: null}
    // The types do not know of iterables as bodies, the documentation does.
    pool.dispatch(Object.assign(options, {body}), handlerOf(answer))
  })
}

async function* pieceOf(body: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await body()
}

async function answerTo(
  request: UpstreamRequest,
  dispatch: (answer: UpstreamAnswer) => void,
): Promise<UpstreamAnswer> {
  const {promise, resolve, reject} = Promise.withResolvers<UpstreamAnswer>()
  const answer = new UpstreamAnswer(request.signal, {
    onStart: request.onStart,
    onHeaders: resolve,
    onError: reject,
  })
  try {
    dispatch(answer)
    return await promise
  } catch (error) {
    throw asProxyError(error)
  }
}

function handlerOf(answer: UpstreamAnswer): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller) => answer.started(controller),
    onResponseStart: ({rawHeaders}, status, _, statusText = '') => {
      const raw = Array.isArray(rawHeaders) ? rawHeaders : []
      answer.begun(status, statusText, raw.map(asText))
    },
    onResponseData: (_, chunk) => answer.came(chunk),
    onResponseEnd: () => answer.ended(),
    onResponseError: (_, error) => answer.failed(error),
  }
}

function asText(header: string | Buffer): string {
  return typeof header === 'string' ? header : header.toString('latin1')
}

/** The body and the signal give up with errors of our own; all others are undici's. */
function asProxyError(cause: unknown): PdistError {
  if (cause instanceof PdistError) return cause
  const code = codeOf(cause)
  if (INVALID.has(code)) return new BadRequestError('this request cannot be forwarded', {cause})
  if (TIMEOUTS.has(code)) return new UpstreamTimeoutError('PowerDNS did not answer in time', {cause})
  return new UpstreamUnavailableError('PowerDNS cannot be reached, or ended the connection', {
    cause,
    hints: ['Is PowerDNS running, with `webserver=yes` or `api=yes` at the configured address?'],
  })
}

function isConnectionEnd(error: unknown): boolean {
  return error instanceof UpstreamUnavailableError && CONNECTION_ENDED.has(codeOf(error.cause))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
