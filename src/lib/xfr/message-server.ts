import {createServer, type Server, type Socket} from 'node:net'
import {ClientFilter} from '../client-filter.js'
import {PdistError} from '../errors.js'
import {formatAddress, type ServerAddress} from './errors.js'
import {
  DEFAULT_LIMITS,
  type MessageResponder,
  type ServerLimits,
  type ServerObserver,
} from './message-responder.js'
import {TcpConnection} from './tcp-connection.js'
import {UdpListener} from './udp-listener.js'

/** An address cannot be listened on. */
export class ListenError extends PdistError {
  readonly code = 'PDIST_LISTEN'

  constructor(address: ServerAddress, cause: Error) {
    super(`Cannot listen on ${formatAddress(address)}: ${cause.message}`, {
      cause,
      hints: ['See what uses it: `ss -tulpn`', 'Choose another address or port in the configuration'],
    })
  }
}

export interface MessageServerOptions {
  responder: MessageResponder
  /** IP addresses; TCP and UDP on the same port each. Port 0 takes a free one. */
  listen: readonly ServerAddress[]
  /** Addresses and networks of clients; nobody else is answered. */
  allow: readonly string[]
  limits?: Partial<ServerLimits>
  observer: ServerObserver
}

/** How often another free port is tried where the one of TCP is taken on UDP. */
const PORT_TRIES = 10

/** Answers DNS messages on TCP and UDP, within limits, to those on a list. What is answered, a responder decides. */
export class MessageServer {
  readonly #options: MessageServerOptions
  readonly #limits: ServerLimits
  readonly #filter: ClientFilter
  readonly #servers: Server[] = []
  readonly #udp: UdpListener[] = []
  readonly #connections = new Map<TcpConnection, Promise<void>>()
  readonly #addresses: ServerAddress[] = []

  /** @throws InvalidAddressError for an entry of `allow` */
  constructor(options: MessageServerOptions) {
    this.#options = options
    this.#limits = {...DEFAULT_LIMITS, ...options.limits}
    this.#filter = new ClientFilter(options.allow)
  }

  /** Where it listens, with the real ports. */
  get addresses(): readonly ServerAddress[] {
    return this.#addresses
  }

  /** Listens on all addresses or on none. @throws ListenError */
  async start(): Promise<void> {
    for (const address of this.#options.listen) {
      try {
        this.#addresses.push({host: address.host, port: await this.#listen(address)})
      } catch (error) {
        await this.close()
        throw new ListenError(address, error instanceof Error ? error : new Error(String(error)))
      }
    }
  }

  /** Listens no more, lets running answers end, and cuts off those that have not ended after `graceMs`. */
  async close({graceMs = 5000}: {graceMs?: number} = {}): Promise<void> {
    const closed = this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))
    for (const connection of this.#connections.keys()) connection.drain()
    const cutOff = setTimeout(() => {
      for (const connection of this.#connections.keys()) connection.destroy()
    }, graceMs)
    await Promise.all([
      ...closed,
      ...this.#connections.values(),
      ...this.#udp.splice(0).map((udp) => udp.close()),
    ])
    clearTimeout(cutOff)
    this.#addresses.length = 0
  }

  async #listen({host, port}: ServerAddress): Promise<number> {
    for (let left = PORT_TRIES; ; left--) {
      const server = await this.#listenTcp({host, port})
      const bound = server.address()
      const actual = typeof bound === 'object' && bound ? bound.port : port
      try {
        await this.#listenUdp({host, port: actual})
        this.#servers.push(server)
        return actual
      } catch (error) {
        await new Promise((resolve) => server.close(resolve))
        if (port !== 0 || left <= 1) throw error
      }
    }
  }

  async #listenTcp({host, port}: ServerAddress): Promise<Server> {
    // Half open, because a client may end its side as soon as it has asked.
    const server = createServer({allowHalfOpen: true, noDelay: true}, (socket) => this.#accept(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({host, port, ipv6Only: true, exclusive: true}, () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.on('error', (error) => this.#options.observer.onError?.(error))
    return server
  }

  async #listenUdp(address: ServerAddress): Promise<void> {
    const listener = new UdpListener(address.host, {
      responder: this.#options.responder,
      filter: this.#filter,
      observer: this.#options.observer,
      maxWaiting: this.#limits.udpQueries,
    })
    try {
      await listener.bind(address)
    } catch (error) {
      await listener.close()
      throw error
    }
    this.#udp.push(listener)
  }

  #accept(socket: Socket): void {
    const rejection = this.#rejectionOf(socket)
    if (rejection) {
      const {remoteAddress: host = '?', remotePort: port = 0} = socket
      this.#options.observer.onRejected?.(rejection, formatAddress({host, port}))
      socket.destroy()
      return
    }
    const connection = new TcpConnection({
      socket,
      responder: this.#options.responder,
      observer: this.#options.observer,
      limits: this.#limits,
    })
    const served = connection.serve().finally(() => this.#connections.delete(connection))
    this.#connections.set(connection, served)
  }

  #rejectionOf(socket: Socket): 'address' | 'connections' | undefined {
    if (!this.#filter.allows(socket.remoteAddress ?? '')) return 'address'
    return this.#connections.size >= this.#limits.connections ? 'connections' : undefined
  }
}
