import {createSocket, type RemoteInfo, type Socket} from 'node:dgram'
import {isIPv6} from 'node:net'
import type {ClientFilter} from '../client-filter.js'
import {formatAddress, type ServerAddress} from './errors.js'
import type {MessageResponder, Reply, ServerObserver} from './message-responder.js'

export interface UdpListenerOptions {
  responder: MessageResponder
  filter: ClientFilter
  observer: ServerObserver
  /** Queries at once that wait for the source. */
  maxWaiting: number
}

/** Answers queries on one UDP address. */
export class UdpListener {
  readonly #options: UdpListenerOptions
  readonly #socket: Socket
  readonly #closing = new AbortController()
  readonly #waiting = new Set<Promise<void>>()

  constructor(host: string, options: UdpListenerOptions) {
    this.#options = options
    this.#socket = createSocket(isIPv6(host) ? {type: 'udp6', ipv6Only: true} : {type: 'udp4'})
  }

  /** Rejects with the error of the system, for example `EADDRINUSE`. */
  async bind({host, port}: ServerAddress): Promise<void> {
    const socket = this.#socket
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({address: host, port, exclusive: true}, () => {
        socket.off('error', reject)
        resolve()
      })
    })
    socket.on('error', (error) => this.#options.observer.onError?.(error))
    socket.on('message', (message, remote) => this.#receive(message, remote))
  }

  /** What waits for the source is answered with SERVFAIL now. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#waiting)
    await new Promise<void>((resolve) => this.#socket.close(resolve))
  }

  #receive(message: Uint8Array, remote: RemoteInfo): void {
    const {filter, observer, responder, maxWaiting} = this.#options
    const peer = formatAddress({host: remote.address, port: remote.port})
    // Silence, because the sender's address may be forged. Port 0 cannot be answered at all.
    const rejection = !filter.allows(remote.address) || remote.port === 0 ? 'address' : undefined
    if (rejection || this.#waiting.size >= maxWaiting) {
      observer.onRejected?.(rejection ?? 'queries', peer)
      return
    }
    const reply = responder.respond(message, {transport: 'udp', peer, signal: this.#closing.signal})
    if (reply instanceof Promise) this.#sendLater(reply, remote)
    else this.#send(reply, remote)
  }

  #sendLater(reply: Promise<Reply>, remote: RemoteInfo): void {
    const sent = reply
      .then((settled) => new Promise<void>((resolve) => this.#send(settled, remote, resolve)))
      .finally(() => {
        this.#waiting.delete(sent)
      })
    this.#waiting.add(sent)
  }

  /** @param done is called when the kernel has the answer: until then the socket must stay open */
  #send(reply: Reply, {address, port}: RemoteInfo, done = () => {}): void {
    if (reply.is !== 'message') {
      done()
      return
    }
    this.#socket.send(reply.bytes, port, address, (error) => {
      if (error) this.#options.observer.onError?.(error)
      done()
    })
  }
}
