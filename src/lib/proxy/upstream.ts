import {type Dispatcher, Pool} from 'undici'
import {PdistError} from '../errors.js'
import {UpstreamAnswer} from './answer.js'
import {BadRequestError, UpstreamTimeoutError, UpstreamUnavailableError} from './errors.js'

export interface UpstreamRequest {
  method: string
  /** Path and query as they came. */
  target: string
  /** name, value, name, value, … */
  headers: string[]
  body: AsyncIterable<Uint8Array> | null
  /** From the request's last byte to the answer's headers, in milliseconds. */
  answerTimeoutMs: number
  /** Called when a connection is there and the request is about to be written to it. */
  onStart?(): void
  /** Gives the request up: the connection is closed. */
  signal: AbortSignal
}

export interface UpstreamOptions {
  connections: number
  connectTimeoutMs: number
}

/** RFC 9110 §9.2.1: what PowerDNS may be asked twice. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const CONNECTION_ENDED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/**
 * The connections to PowerDNS. Reads share kept connections. Anything else has a connection of its own: a kept one can be closed
 * by PowerDNS just when the request is on its way, and then nobody knows whether PowerDNS acted, so it could not be repeated.
 */
export class Upstream {
  readonly #kept: Pool
  readonly #fresh: Pool

  /** @param origin such as `http://127.0.0.1:8081` */
  constructor(origin: string, {connections, connectTimeoutMs}: UpstreamOptions) {
    // TCP's own keep-alive probes are of no use on connections this short, and cost several system calls each.
    const common = {connections, connect: {timeout: connectTimeoutMs, keepAlive: false}}
    this.#kept = new Pool(origin, common)
    this.#fresh = new Pool(origin, {...common, pipelining: 0})
  }

  /**
   * Resolves with PowerDNS's answer as soon as its headers are there.
   * @throws UpstreamUnavailableError, UpstreamTimeoutError, BadRequestError, or what the body or the signal gave up with
   */
  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const isRepeatable = SAFE.has(request.method) && request.body === null
    if (!isRepeatable) return send(this.#fresh, request)
    try {
      return await send(this.#kept, request)
    } catch (error) {
      if (!isConnectionEnd(error) || request.signal.aborted) throw error
      return send(this.#fresh, request)
    }
  }

  async destroy(): Promise<void> {
    await Promise.all([this.#kept.destroy(), this.#fresh.destroy()])
  }
}

async function send(pool: Pool, request: UpstreamRequest): Promise<UpstreamAnswer> {
  const {promise, resolve, reject} = Promise.withResolvers<UpstreamAnswer>()
  const answer = new UpstreamAnswer(request.signal, {
    onStart: request.onStart,
    onHeaders: resolve,
    onError: reject,
  })
  const options: Dispatcher.DispatchOptions = {
    method: request.method,
    path: request.target,
    headers: request.headers,
    headersTimeout: request.answerTimeoutMs,
    body: null,
  }
  try {
    // The types do not know of iterables as bodies, the documentation does.
    pool.dispatch(Object.assign(options, {body: request.body}), answer)
    return await promise
  } catch (error) {
    throw asProxyError(error)
  }
}

/** The body and the signal give up with errors of our own; all others are undici's. */
function asProxyError(cause: unknown): PdistError {
  if (cause instanceof PdistError) return cause
  const code = codeOf(cause)
  if (code === 'UND_ERR_INVALID_ARG') return new BadRequestError('this request cannot be forwarded', {cause})
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
