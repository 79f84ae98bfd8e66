import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {PdistError} from '../errors.js'
import type {Metrics} from './metrics.js'
import type {Readiness} from './readiness.js'

export class MetricsListenError extends PdistError {
  readonly code = 'PDIST_METRICS_LISTEN'
}

export interface MetricsServerOptions {
  /** A numeric address; port 0 lets the kernel choose. */
  address: {host: string; port: number}
  metrics: Metrics
  readiness: Readiness
}

interface Reply {
  status: number
  contentType: string
  body: string
}

const REQUEST_TIMEOUT_MS = 5_000
const MAX_CONNECTIONS = 64
const MAX_HEADER_BYTES = 8 * 1024

/** Serves `/metrics`, `/healthz` (the process answers) and `/readyz` (503 and what is missing, as JSON). */
export class MetricsServer {
  /** Where it really listens, as an origin: `http://[::1]:9101`. */
  readonly url: string
  readonly #server: Server

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  /** Rejects with MetricsListenError when the address cannot be listened on. */
  static async start(options: MetricsServerOptions): Promise<MetricsServer> {
    const server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: 1_000,
      },
      (request, response) => void respond(request, response, options),
    )
    server.maxConnections = MAX_CONNECTIONS
    await listen(server, options.address)
    return new MetricsServer(server, originOf(server.address() as AddressInfo))
  }

  /** Stops listening and ends every connection, an answer in progress included. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: MetricsServerOptions,
): Promise<void> {
  const {status, contentType, body} = await replyTo(request, options).catch(
    (error: unknown): Reply =>
      text(500, `scrape failed: ${error instanceof Error ? error.message : error}\n`),
  )
  response.writeHead(status, {'content-type': contentType, 'content-length': Buffer.byteLength(body)})
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function replyTo(request: IncomingMessage, {metrics, readiness}: MetricsServerOptions): Promise<Reply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET and HEAD\n')
  switch (request.url?.split('?', 1)[0]) {
    case '/metrics': {
      const scrape = await metrics.scrape()
      return {status: 200, contentType: scrape.contentType, body: scrape.text}
    }
    case '/healthz':
      return text(200, 'ok\n')
    case '/readyz':
      return json(readiness.ready ? 200 : 503, {ready: readiness.ready, missing: readiness.missing})
    default:
      return text(404, 'there is /metrics, /healthz and /readyz\n')
  }
}

function text(status: number, body: string): Reply {
  return {status, contentType: 'text/plain; charset=utf-8', body}
}

function json(status: number, value: unknown): Reply {
  return {status, contentType: 'application/json', body: `${JSON.stringify(value)}\n`}
}

function listen(server: Server, {host, port}: {host: string; port: number}): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) =>
      reject(
        new MetricsListenError(
          `cannot serve metrics on ${host} port ${port}: ${cause.code ?? cause.message}`,
          {
            cause,
            hints: ['Choose another address in `metrics.listen`; an empty one turns metrics off'],
          },
        ),
      )
    server.once('error', fail)
    server.listen({host, port}, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

function originOf({address, family, port}: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
