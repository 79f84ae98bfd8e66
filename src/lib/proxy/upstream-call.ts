import type {EventEmitter} from 'node:events'
import {
  type ClientRequest,
  type Agent as HttpAgent,
  type IncomingMessage,
  request as requestByHttp,
} from 'node:http'
import {type Agent as HttpsAgent, request as requestByHttps} from 'node:https'
import type {UpstreamAnswer} from './answer.js'
import {UpstreamTimeoutError} from './errors.js'
import type {UpstreamRequest} from './upstream-request.js'

/** Where PowerDNS is, and how long to wait for a connection, in milliseconds. */
export interface UpstreamServer {
  isSecure: boolean
  host: string
  port: string
  connectTimeoutMs: number
}

/** Connections of one kind. */
export interface UpstreamLine {
  agent: HttpAgent | HttpsAgent
  /** Whether a connection may serve another call afterwards. */
  kept: boolean
}

/** RFC 9110 §9.2.1: what PowerDNS may be asked twice. */
export const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
/** How long PowerDNS may be silent in the middle of its answer, in milliseconds. */
const SILENCE_MS = 300_000

/**
 * Sends one request by Node's own client: a pool takes the end of each connection for an error, and PowerDNS ends each after its
 * answer. What becomes of it is told to `answer`. Throws where the request cannot be put into HTTP.
 */
export function ask(
  request: UpstreamRequest,
  server: UpstreamServer,
  {agent, kept}: UpstreamLine,
  answer: UpstreamAnswer,
): ClientRequest {
  const {method, target, body} = request
  const {isSecure, host, port} = server
  const options = {agent, host, port, method, path: target, headers: headersOf(request, server, kept)}
  const asking = isSecure ? requestByHttps(options) : requestByHttp(options)
  // Else the next call would get this connection wherever PowerDNS does not close it, as it was asked to.
  if (!kept) asking.shouldKeepAlive = false
  new UpstreamCall(asking, request, server, answer)
  if (!body) asking.end()
  else if (body instanceof Uint8Array) asking.end(body)
  return asking
}

class UpstreamCall {
  readonly #asking: ClientRequest
  readonly #request: UpstreamRequest
  readonly #answer: UpstreamAnswer
  #message: IncomingMessage | undefined
  #limit: NodeJS.Timeout | undefined
  #isOver = false

  constructor(
    asking: ClientRequest,
    request: UpstreamRequest,
    {isSecure, connectTimeoutMs}: UpstreamServer,
    answer: UpstreamAnswer,
  ) {
    this.#asking = asking
    this.#request = request
    this.#answer = answer
    asking.once('socket', (socket) => {
      if (!socket.connecting) return this.#connected()
      this.#within(connectTimeoutMs, 'no connection to PowerDNS in time')
      socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#connected())
    })
    asking.once('finish', () => {
      if (!this.#message) this.#within(request.answerTimeoutMs, 'PowerDNS did not answer in time')
    })
    asking.once('response', (message) => this.#answered(message))
    asking.on('error', (error) => this.#failed(error))
    asking.once('close', () => {
      // Of an answer that breaks off, the answer itself tells; the end of a whole one may still wait to be read.
      if (!this.#message) this.#failed(new Error('PowerDNS ended the connection'))
    })
  }

  #connected(): void {
    if (this.#isOver) return
    clearTimeout(this.#limit)
    this.#answer.started({
      pause: () => this.#message?.pause(),
      resume: () => this.#message?.resume(),
      abort: (reason) => this.#failed(reason),
    })
    const {body} = this.#request
    const isInPieces = body && !(body instanceof Uint8Array)
    if (isInPieces && !this.#isOver) this.#write(body).catch((error) => this.#failed(error))
  }

  async #write(body: AsyncIterable<Uint8Array>): Promise<void> {
    const asking = this.#asking
    for await (const piece of body) {
      if (this.#isOver || asking.destroyed) return
      if (asking.write(piece) || asking.destroyed) continue
      await eitherOf(asking, 'drain', 'close')
    }
    asking.end()
  }

  #answered(message: IncomingMessage): void {
    clearTimeout(this.#limit)
    this.#message = message
    this.#asking.setTimeout(SILENCE_MS, () => {
      // Else it is the client that does not take more.
      if (!message.isPaused()) this.#failed(new UpstreamTimeoutError('PowerDNS fell silent'))
    })
    message.on('data', (chunk: Buffer) => this.#answer.came(chunk))
    message.once('end', () => this.#ended())
    message.once('error', (error) => this.#failed(error))
    this.#answer.begun(message.statusCode ?? 0, message.statusMessage ?? '', message.rawHeaders)
    if (this.#request.method === 'HEAD') this.#endOfHead()
  }

  /** PowerDNS sends bytes behind it that are no part of it: the connection is of no use any more. */
  #endOfHead(): void {
    this.#ended()
    this.#asking.destroy()
  }

  /** PowerDNS may have answered before the body's end: it does not want the rest. */
  #ended(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#answer.ended()
    if (!this.#asking.writableFinished) this.#asking.destroy()
  }

  #failed(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#limit)
    this.#answer.failed(error)
    this.#asking.destroy()
  }

  #within(ms: number, words: string): void {
    clearTimeout(this.#limit)
    this.#limit = setTimeout(() => this.#failed(new UpstreamTimeoutError(words)), ms)
  }
}

/** The client's, and what it did not say for us: how long the body is (RFC 9112 §6.3), and to whom it speaks. */
function headersOf(
  {method, headers, body}: UpstreamRequest,
  {host, port}: UpstreamServer,
  kept: boolean,
): string[] {
  const names = new Set<string>()
  for (let i = 0; i < headers.length; i += 2) names.add((headers[i] ?? '').toLowerCase())
  const server = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return [
    ...(names.has('host') ? [] : ['host', server]),
    ...['connection', kept ? 'keep-alive' : 'close'],
    ...headers,
    ...(names.has('content-length') ? [] : framingOf(method, body)),
  ]
}

/** That a read has no body is a matter of course. */
function framingOf(method: string, body: UpstreamRequest['body']): string[] {
  if (body) return ['transfer-encoding', 'chunked']
  return SAFE.has(method) ? [] : ['content-length', '0']
}

function eitherOf(emitter: EventEmitter, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      for (const event of events) emitter.off(event, settle)
      resolve()
    }
    for (const event of events) emitter.once(event, settle)
  })
}
