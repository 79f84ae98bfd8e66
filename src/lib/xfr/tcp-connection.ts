import {once} from 'node:events'
import type {Socket} from 'node:net'
import {framed, MessageSplitter} from '../dns/framing.js'
import {HEADER_BYTES, MalformedMessageError, setUint16} from '../dns/wire.js'
import {formatAddress} from './errors.js'
import type {MessageResponder, Reply, ServerLimits, ServerObserver, StreamReply} from './message-responder.js'

export interface TcpConnectionOptions {
  socket: Socket
  responder: MessageResponder
  observer: ServerObserver
  limits: ServerLimits
}

/** One client on TCP: its queries are answered one after the other, each as fast as it takes the answer. */
export class TcpConnection {
  readonly #socket: Socket
  readonly #options: TcpConnectionOptions
  readonly #peer: string
  readonly #gone = new AbortController()
  readonly #closed: Promise<void>
  readonly #splitter: MessageSplitter
  #answering = false
  #draining = false

  constructor(options: TcpConnectionOptions) {
    this.#options = options
    this.#socket = options.socket
    this.#peer = formatAddress({host: this.#socket.remoteAddress ?? '?', port: this.#socket.remotePort ?? 0})
    this.#splitter = new MessageSplitter(options.limits.queryBytes)
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#closed.then(() => this.#gone.abort())
    // Errors reach `serve` through the socket's iterator; this is for those that come after its end, when all is said.
    this.#socket.on('error', () => this.#socket.destroy())
  }

  /** Resolves when the connection is over; never rejects. */
  async serve(): Promise<void> {
    const {idleMs, totalMs} = this.#options.limits
    const idle = setTimeout(() => this.#idle(), idleMs)
    const total = setTimeout(() => this.#tooSlow(), totalMs)
    try {
      await this.#answerAll(() => idle.refresh())
      this.#socket.destroySoon()
      await this.#closed
    } catch (error) {
      this.#socket.destroy()
      this.#report(error)
    } finally {
      clearTimeout(idle)
      clearTimeout(total)
    }
  }

  /** Ends the connection when the answer that is being sent, if any, is out. */
  drain(): void {
    this.#draining = true
    if (!this.#answering) this.#socket.destroySoon()
  }

  destroy(): void {
    this.#draining = true
    this.#socket.destroy()
  }

  /** A client may be silent between two queries for so long, then it has to connect again. */
  #idle(): void {
    if (this.#answering || this.#splitter.partial || this.#socket.writableLength > 0) this.#tooSlow()
    else this.drain()
  }

  #tooSlow(): void {
    this.#socket.destroy(new MalformedMessageError('the client is too slow'))
  }

  async #answerAll(progress: () => void): Promise<void> {
    let left = this.#options.limits.queriesPerConnection
    // Only a whole query counts as progress, so one that comes byte by byte does not hold the connection for ever.
    for await (const chunk of this.#socket.iterator({destroyOnReturn: false})) {
      for (const message of this.#splitter.push(chunk)) {
        if (left-- === 0) throw new MalformedMessageError('too many queries on one connection')
        progress()
        if (!(await this.#answer(message, progress)) || this.#draining) return
        progress()
      }
    }
    if (this.#splitter.partial) throw new MalformedMessageError('the connection ended inside a query')
  }

  /** False where there is nothing to say to this client any more. */
  async #answer(message: Uint8Array, progress: () => void): Promise<boolean> {
    this.#answering = true
    try {
      const client = {transport: 'tcp', peer: this.#peer, signal: this.#gone.signal} as const
      const reply: Reply | Promise<Reply> = this.#options.responder.respond(message, client)
      const settled = reply instanceof Promise ? await reply : reply
      if (settled.is === 'silence') return false
      if (settled.is === 'stream') await this.#stream(settled, progress)
      else if (!this.#socket.write(framed(settled.bytes))) await this.#drained()
      return true
    } finally {
      this.#answering = false
    }
  }

  async #stream(reply: StreamReply, progress: () => void): Promise<void> {
    reply.onStart?.()
    try {
      await this.#send(reply, progress)
    } catch (error) {
      reply.onBroken?.()
      throw error
    }
    reply.onSent?.()
  }

  /** No more than the socket's high-water mark is in memory twice; the stored bodies are not copied at all. */
  async #send({messages, id, signer}: StreamReply, progress: () => void): Promise<void> {
    const socket = this.#socket
    let flushed: Promise<void> = Promise.resolve()
    socket.cork()
    for (const [i, message] of messages.entries()) {
      const last = i === messages.length - 1
      const head = Buffer.allocUnsafe(2 + HEADER_BYTES)
      head.set(message.subarray(0, HEADER_BYTES), 2)
      setUint16(head, 2, id)
      const body = message.subarray(HEADER_BYTES)
      const tsig = signer?.sign(head.subarray(2), body, last)
      setUint16(head, 0, message.length + (tsig?.length ?? 0))
      socket.write(head)
      if (tsig) socket.write(body)
      flushed = last ? this.#written(tsig ?? body) : flushed
      if (!last && !socket.write(tsig ?? body)) {
        socket.uncork()
        await this.#drained()
        progress()
        socket.cork()
      }
    }
    socket.uncork()
    await flushed
  }

  #written(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  }

  async #drained(): Promise<void> {
    await once(this.#socket, 'drain', {signal: this.#gone.signal})
  }

  #report(error: unknown): void {
    const {observer} = this.#options
    if (this.#draining) return
    if (error instanceof MalformedMessageError) observer.onMalformed?.(error.message, this.#peer)
    else if (!isDisconnect(error)) observer.onError?.(error)
  }
}

/** A client that goes away in the middle is nobody's fault; a transfer that broke was counted. */
function isDisconnect(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'AbortError') return true
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' && DISCONNECTS.has(code)
}

const DISCONNECTS = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
])
