import type {IncomingMessage, ServerResponse} from 'node:http'
import type {Server} from 'node:https'
import type {Socket} from 'node:net'
import Fastify, {type FastifyInstance} from 'fastify'
import type {ClientFilter} from '../client-filter.js'
import type {ServerCertificate} from './certificate.js'
import type {ProxyLimits} from './limits.js'
import {rawRefusal} from './refusal.js'

export type HttpsServer = FastifyInstance<Server, IncomingMessage, ServerResponse>

export interface ServerEvents {
  /** A client that is allowed to has connected; its first request comes after TLS. */
  connected(): void
  /** `target`: path and query as the client sent them. */
  request(request: IncomingMessage, response: ServerResponse, target: string): void
  malformed(error: Error): void
  /** The client's address is not allowed; nothing was read from it. */
  turnedAway(address: string): void
}

/**
 * TLS, limits and lifecycle, and nothing else: no request reaches Fastify's router, parsers or error pages, because each is
 * taken over in the first hook. Every target is rewritten to one that the router cannot refuse.
 */
export function httpsServer(
  {certificate, key}: ServerCertificate,
  limits: ProxyLimits,
  allowed: ClientFilter,
  events: ServerEvents,
): HttpsServer {
  const current = new WeakMap<Socket, ServerResponse>()
  const app = Fastify({
    https: {
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: limits.headersTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      maxHeaderSize: limits.maxHeaderBytes,
      connectionsCheckingInterval: Math.ceil(Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs) / 4),
    },
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.idleTimeoutMs,
    return503OnClosing: false,
    rewriteUrl: () => '/',
    clientErrorHandler: (error, socket) => {
      events.malformed(error)
      refuseConnection(error, socket, current.get(socket))
    },
  })
  app.server.maxConnections = limits.maxConnections
  app.server.on('tlsClientError', events.malformed)
  admitOnly(app.server, allowed, events)
  app.addHook('onRequest', (request, reply) => {
    reply.hijack()
    void inTurn(current, request.raw, reply.raw, () =>
      events.request(request.raw, reply.raw, request.originalUrl),
    )
  })
  return app
}

/** Before TLS: a stranger costs a closed socket, and learns nothing. */
function admitOnly(server: Server, allowed: ClientFilter, {connected, turnedAway}: ServerEvents): void {
  const admit = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    // Undefined where the client has left already.
    const {remoteAddress = ''} = socket
    if (allowed.allows(remoteAddress)) {
      connected()
      for (const listener of admit) listener.call(server, socket)
    } else {
      socket.destroy()
      turnedAway(remoteAddress)
    }
  })
}

/** Requests of one connection go one after the other, also where the client did not wait: they may build on each other. */
async function inTurn(
  current: WeakMap<Socket, ServerResponse>,
  {socket}: IncomingMessage,
  response: ServerResponse,
  start: () => void,
): Promise<void> {
  const before = current.get(socket)
  current.set(socket, response)
  if (before && !before.closed) {
    await new Promise((resolve) => before.once('close', resolve))
    if (socket.destroyed) return
  }
  start()
}

function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, response?: ServerResponse): void {
  const isAnswering = response?.headersSent && !response.writableFinished
  if (!socket.writable || isAnswering || error.code === 'ECONNRESET') {
    socket.destroy(error)
    return
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  socket.end(rawRefusal(status), () => socket.destroy())
}
