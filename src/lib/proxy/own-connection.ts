import {type Agent, type ClientRequest, type IncomingMessage, request as requestByHttp} from 'node:http'
import type {UpstreamAnswer} from './answer.js'
import {UpstreamTimeoutError} from './errors.js'
import type {UpstreamRequest} from './upstream-request.js'

/** Where PowerDNS is, and how long to wait for a connection, in milliseconds. */
export interface OwnConnectionOptions {
  agent: Agent
  host: string
  port: string
  connectTimeoutMs: number
}

/** How long PowerDNS may be silent in the middle of its answer, in milliseconds. */
const SILENCE_MS = 300_000

/**
 * Sends one request on a connection of its own, by Node's own client: a pool takes the end of each for an error, and makes
 * several of them. What becomes of it is told to `answer`. Throws where the request cannot be put into HTTP.
 */
export function sendAlone(
  request: UpstreamRequest,
  options: OwnConnectionOptions,
  answer: UpstreamAnswer,
): ClientRequest {
  const {method, target, body} = request
  const {agent, host, port} = options
  const headers = headersOf(request, options)
  const asking = requestByHttp({agent, host, port, method, path: target, headers})
  new OwnConnection(asking, request, options, answer)
  if (!body) asking.end()
  return asking
}

class OwnConnection {
  readonly #asking: ClientRequest
  readonly #request: UpstreamRequest
  readonly #answer: UpstreamAnswer
  #message: IncomingMessage | undefined
  #limit: NodeJS.Timeout | undefined
  #isOver = false

  constructor(
    asking: ClientRequest,
    request: UpstreamRequest,
    {connectTimeoutMs}: OwnConnectionOptions,
    answer: UpstreamAnswer,
  ) {
    this.#asking = asking
    this.#request = request
    this.#answer = answer
    asking.once('socket', (socket) => {
      if (!socket.connecting) return this.#connected()
      this.#within(connectTimeoutMs, 'no connection to PowerDNS in time')
      socket.once('connect', () => this.#connected())
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
    clearTimeout(this.#limit)
    this.#answer.started({
      pause: () => this.#message?.pause(),
      resume: () => this.#message?.resume(),
      abort: (reason) => this.#failed(reason),
    })
    const {body} = this.#request
    if (body && !this.#isOver) this.#write(body).catch((error) => this.#failed(error))
  }

  async #write(body: NonNullable<UpstreamRequest['body']>): Promise<void> {
    const asking = this.#asking
    if (typeof body === 'function') {
      const whole = await body()
      if (!this.#isOver) asking.end(whole)
      return
    }
    for await (const piece of body) {
      if (this.#isOver || asking.destroyed) return
      if (asking.write(piece) || asking.destroyed) continue
      await new Promise((resolve) => {
        asking.once('drain', resolve)
        asking.once('close', resolve)
      })
    }
    asking.end()
  }

  #answered(message: IncomingMessage): void {
    clearTimeout(this.#limit)
    this.#message = message
    message.socket.setTimeout(SILENCE_MS, () => {
      // Else it is the client that does not take more.
      if (!message.isPaused()) this.#failed(new UpstreamTimeoutError('PowerDNS fell silent'))
    })
    message.on('data', (chunk: Buffer) => this.#answer.came(chunk))
    message.once('end', () => this.#ended())
    message.once('error', (error) => this.#failed(error))
    this.#answer.begun(message.statusCode ?? 0, message.statusMessage ?? '', message.rawHeaders)
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
function headersOf({headers, body}: UpstreamRequest, {host, port}: OwnConnectionOptions): string[] {
  const names = new Set<string>()
  for (let i = 0; i < headers.length; i += 2) names.add((headers[i] ?? '').toLowerCase())
  const framing = body ? ['transfer-encoding', 'chunked'] : ['content-length', '0']
  const server = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return [
    ...(names.has('host') ? [] : ['host', server]),
    ...['connection', 'close'],
    ...headers,
    ...(names.has('content-length') ? [] : framing),
  ]
}
