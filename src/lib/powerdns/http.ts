import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestByHttp,
} from 'node:http'
import {Agent as HttpsAgent, request as requestByHttps} from 'node:https'
import {urlToHttpOptions} from 'node:url'
import {ReadyAgent, ReadyConnection} from '../ready-connection.js'

export interface HttpRequest {
  method: string
  path: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** Milliseconds until the answer has to begin, where that may be longer than any other silence. */
  headMs?: number
}

export interface HttpConnectionsOptions {
  connections: number
  /** Milliseconds for which the server may say nothing. */
  silenceMs: number
  /** Whether the next connection is open before it is needed: for who calls often, or knows that a call is about to come. */
  ready?: boolean
}

/**
 * Asks one web server over a bounded number of connections. PowerDNS's closes each after its answer, which a pool of kept
 * connections takes for an error every time; this costs half the CPU.
 */
export class HttpConnections {
  readonly #options: HttpConnectionsOptions
  readonly #server: {hostname?: string | null | undefined; port?: string | number | null | undefined}
  readonly #isSecure: boolean
  readonly #agent: HttpAgent
  readonly #ready: ReadyConnection | undefined

  constructor(origin: URL, options: HttpConnectionsOptions) {
    const {hostname, port} = urlToHttpOptions(origin)
    this.#options = options
    this.#server = {hostname, port}
    this.#isSecure = origin.protocol === 'https:'
    const maxSockets = options.connections
    if (this.#isSecure) {
      // Only what stands before PowerDNS speaks TLS, and there a new connection would be dear.
      this.#agent = new HttpsAgent({maxSockets, keepAlive: true})
    } else if (options.ready) {
      this.#ready = new ReadyConnection({host: `${hostname}`, port: Number(port || 80)})
      this.#agent = new ReadyAgent(this.#ready, {maxSockets})
    } else this.#agent = new HttpAgent({maxSockets})
  }

  /** A request is about to come: it finds its connection open. */
  prepare(): void {
    this.#ready?.prepare()
  }

  /** What is under way fails. */
  close(): void {
    this.#agent.destroy()
  }

  /** Status and whole body. Rejects with whatever kept it from coming whole. */
  async ask(request: HttpRequest, signal: AbortSignal): Promise<{status: number; text: string}> {
    const answer = await this.open(request, signal)
    return {status: answer.statusCode ?? 0, text: await textOf(answer)}
  }

  /** Resolves when the answer begins; its body is there to be read, or to be destroyed. */
  open(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted()
    const {promise, resolve, reject} = Promise.withResolvers<IncomingMessage>()
    const asking = this.#begin(request)
    const abort = () => asking.destroy()
    signal.addEventListener('abort', abort, {once: true})
    asking.once('close', () => signal.removeEventListener('abort', abort))
    asking.once('timeout', () => asking.destroy(new Error('it was silent for too long')))
    asking.once('response', (answer) => {
      if (request.headMs !== undefined) asking.setTimeout(this.#options.silenceMs)
      resolve(answer)
    })
    asking.on('error', reject)
    asking.end(request.body)
    return promise
  }

  #begin({method, path, headers, headMs}: HttpRequest): ClientRequest {
    const timeout = headMs ?? this.#options.silenceMs
    const options = {...this.#server, method, path, headers, timeout, agent: this.#agent}
    return this.#isSecure ? requestByHttps(options) : requestByHttp(options)
  }
}

/** The whole body; rejects where the connection ended within it. */
export function textOf(answer: IncomingMessage): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  const chunks: Uint8Array[] = []
  answer.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  answer.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
  answer.once('error', reject)
  return promise
}
