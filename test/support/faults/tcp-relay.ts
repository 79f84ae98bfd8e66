import {once} from 'node:events'
import {connect, createServer, type Server, type Socket} from 'node:net'

/**
 * What becomes of a new connection: `pass` it on; `refuse` it; `cut` it in the middle of the answer; `hold` it there, open and
 * silent; `drip` a byte a second from there on.
 */
export type RelayMode = 'pass' | 'refuse' | 'cut' | 'hold' | 'drip'

/** Where the middle of an answer is, in bytes: within the first message of any zone transfer. */
const MIDDLE = 100
const DRIP_EVERY_MS = 1_000

/** A wire between a client and a server that can be damaged. */
export class TcpRelay {
  readonly #target: {host: string; port: number}
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #mode: RelayMode = 'pass'
  /** Connections that were not just passed on. */
  damaged = 0

  private constructor(target: {host: string; port: number}) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  static async open(target: {host: string; port: number}, {port = 0} = {}): Promise<TcpRelay> {
    const relay = new TcpRelay(target)
    relay.#server.listen(port, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the relay is closed')
    return address.port
  }

  /** For connections from now on; `refuse` and a return to `pass` also end those that are there. */
  set mode(mode: RelayMode) {
    this.#mode = mode
    if (mode === 'refuse' || mode === 'pass') this.#endAll()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#endAll()
    await once(this.#server, 'close')
  }

  #endAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(client: Socket): void {
    if (this.#mode !== 'pass') this.damaged++
    if (this.#mode === 'refuse') {
      client.destroy()
      return
    }
    const server = connect(this.#target)
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      // Either end may vanish at any time; the other one shall notice.
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    client.pipe(server)
    if (this.#mode === 'pass') server.pipe(client)
    else damage(server, client, this.#mode)
  }
}

function damage(server: Socket, client: Socket, mode: 'cut' | 'hold' | 'drip'): void {
  const kept: Buffer[] = []
  let left = MIDDLE
  server.on('data', (bytes: Buffer) => {
    client.write(bytes.subarray(0, left))
    if (bytes.length >= left && mode === 'cut') client.end()
    kept.push(bytes.subarray(left))
    left = Math.max(0, left - bytes.length)
  })
  if (mode !== 'drip') return
  const timer = setInterval(() => {
    const [first] = kept
    if (!first) return
    client.write(first.subarray(0, 1))
    if (first.length > 1) kept[0] = first.subarray(1)
    else kept.shift()
  }, DRIP_EVERY_MS)
  client.on('close', () => clearInterval(timer))
}
