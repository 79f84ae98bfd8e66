import {Agent, type AgentOptions, type ClientRequestArgs} from 'node:http'
import {connect, type Socket} from 'node:net'
import type {Duplex} from 'node:stream'

/** PowerDNS ends a connection on which no request comes after 5 s, or after as little as 1 (`webserver-connection-timeout`). */
const FRESH_MS = 900
/** One that its server never ends is ended here. */
const FORGOTTEN_AFTER_MS = 20_000

/**
 * A connection to PowerDNS's web server that is open before anybody needs it. It serves one call on each, and takes about a
 * millisecond from the connection until it has begun a thread and listens. One that nobody takes in time is left for PowerDNS to end.
 */
export class ReadyConnection {
  readonly #server: {host: string; port: number}
  readonly #now: () => number
  /** All that nobody took, the stale ones included. */
  readonly #untaken = new Set<Socket>()
  #ready: {socket: Socket; since: number} | undefined
  #isClosed = false

  /** @param now milliseconds by a monotonic clock */
  constructor(server: {host: string; port: number}, now = () => performance.now()) {
    this.#server = server
    this.#now = now
  }

  /** A call is about to come. */
  prepare(): void {
    if (this.#isClosed || this.#fresh()) return
    const socket = connect({...this.#server, noDelay: true})
    this.#untaken.add(socket)
    const forget = () => {
      this.#untaken.delete(socket)
      if (this.#ready?.socket === socket) this.#ready = undefined
    }
    // Whoever calls next connects anew, and is told what is wrong.
    socket.on('error', forget).once('end', forget).once('close', forget)
    socket.once('connect', () => {
      if (this.#untaken.has(socket)) socket.unref()
    })
    socket.setTimeout(FORGOTTEN_AFTER_MS, () => socket.destroy())
    socket.unref()
    this.#ready = {socket, since: this.#now()}
  }

  /** Undefined where none is ready. */
  take(): Socket | undefined {
    const socket = this.#fresh()
    if (!socket) return undefined
    this.#ready = undefined
    this.#untaken.delete(socket)
    socket.removeAllListeners('timeout').setTimeout(0)
    return socket.ref()
  }

  close(): void {
    this.#isClosed = true
    for (const socket of this.#untaken) socket.destroy()
  }

  #fresh(): Socket | undefined {
    if (!this.#ready) return undefined
    const {socket, since} = this.#ready
    // What came before anything was asked is no answer.
    const isUsable = socket.writable && socket.readableLength === 0
    return isUsable && this.#now() - since < FRESH_MS ? socket : undefined
  }
}

/** Takes its connections from there, has the next one prepared when one ends, and closes it when it is destroyed. */
export class ReadyAgent extends Agent {
  readonly #ready: ReadyConnection

  constructor(ready: ReadyConnection, options: AgentOptions) {
    super(options)
    this.#ready = ready
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const connection = this.#ready.take() ?? super.createConnection(options, callback)
    connection?.once('close', () => this.#ready.prepare())
    return connection
  }

  override destroy(): void {
    super.destroy()
    this.#ready.close()
  }
}
