import {randomInt} from 'node:crypto'
import {createSocket, type Socket} from 'node:dgram'
import {lookup} from 'node:dns/promises'
import {setUint16} from '../dns/wire.js'
import {NoAnswerError, type ServerAddress} from './errors.js'
import {isAnswerTo} from './match.js'
import {QuerySlots} from './query-slots.js'
import type {AskOptions} from './tcp-query.js'

/** More at once would be lost in the socket buffers of a busy server, and time out. */
const MAX_IN_FLIGHT = 64

interface Pending {
  query: Uint8Array
  answered(message: Uint8Array): void
}

/**
 * Asks one server over UDP, on one socket for as long as it is open. The socket is connected: the kernel drops what
 * others send.
 */
export class UdpClient {
  readonly #server: ServerAddress
  readonly #firstRetryMs: number
  readonly #pending = new Map<number, Pending>()
  readonly #slots = new QuerySlots(MAX_IN_FLIGHT)
  readonly #closing = new AbortController()
  #socket: Promise<Socket> | undefined
  #lastError: Error | undefined

  constructor(server: ServerAddress, {firstRetryMs = 150}: {firstRetryMs?: number} = {}) {
    this.#server = server
    this.#firstRetryMs = firstRetryMs
  }

  /**
   * Sends the query, under an ID of its own, again and again (at doubling intervals) until the answer is there. The time
   * begins when it is sent first: when many ask at once they wait for each other. The ID is written into `query`.
   * @throws NoAnswerError; the signal's reason when it is aborted.
   */
  async ask(query: Uint8Array, {timeoutMs, signal}: AskOptions): Promise<Uint8Array> {
    await this.#slots.acquire(signal)
    try {
      this.#closing.signal.throwIfAborted()
      const socket = await this.#open()
      for (const each of [signal, this.#closing.signal]) each.throwIfAborted()
      return await this.#exchange(socket, query, {timeoutMs, signal})
    } finally {
      this.#slots.release()
    }
  }

  /** Whoever still waits gets an error. */
  async close(): Promise<void> {
    this.#closing.abort(new NoAnswerError(this.#server, 'the client was closed'))
    const opened = this.#socket
    this.#socket = undefined
    const socket = await opened?.catch(() => undefined)
    if (socket) await new Promise<void>((resolve) => socket.close(resolve))
  }

  async #exchange(socket: Socket, query: Uint8Array, {timeoutMs, signal}: AskOptions): Promise<Uint8Array> {
    const id = this.#freeId()
    setUint16(query, 0, id)
    let cleanUp = () => {}
    try {
      return await new Promise<Uint8Array>((resolve, reject) => {
        this.#pending.set(id, {query, answered: resolve})
        const unhook = [signal, this.#closing.signal].map((each) => onAbort(each, reject))
        const timers = this.#sendUntil(socket, query, timeoutMs, reject)
        cleanUp = () => {
          timers.stop()
          for (const off of unhook) off()
        }
      })
    } finally {
      cleanUp()
      this.#pending.delete(id)
    }
  }

  #sendUntil(
    socket: Socket,
    query: Uint8Array,
    timeoutMs: number,
    fail: (error: Error) => void,
  ): {stop(): void} {
    let retry: NodeJS.Timeout | undefined
    const send = (nextMs: number) => {
      socket.send(query, (error) => {
        if (error) this.#lastError = error
      })
      retry = setTimeout(send, nextMs, nextMs * 2)
    }
    this.#lastError = undefined
    const deadline = setTimeout(() => {
      fail(
        new NoAnswerError(
          this.#server,
          this.#lastError?.message ?? `silence for ${timeoutMs} ms`,
          this.#lastError,
        ),
      )
    }, timeoutMs)
    send(this.#firstRetryMs)
    return {
      stop() {
        clearTimeout(retry)
        clearTimeout(deadline)
      },
    }
  }

  #freeId(): number {
    for (;;) {
      const id = randomInt(0x10000)
      if (!this.#pending.has(id)) return id
    }
  }

  #open(): Promise<Socket> {
    this.#socket ??= this.#connect().catch((error) => {
      this.#socket = undefined
      throw new NoAnswerError(this.#server, error instanceof Error ? error.message : String(error), error)
    })
    return this.#socket
  }

  async #connect(): Promise<Socket> {
    const {address, family} = await lookup(this.#server.host)
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    socket.on('message', (message) => this.#receive(message))
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(this.#server.port, address, () => {
        socket.off('error', reject)
        resolve()
      })
    }).catch((error) => {
      socket.close()
      throw error
    })
    // A refusal by ICMP: PowerDNS may be about to start, so the query is sent again until its time is up.
    socket.on('error', (error) => {
      this.#lastError = error
    })
    return socket
  }

  #receive(message: Uint8Array): void {
    const pending = this.#pending.get(((message[0] ?? 0) << 8) | (message[1] ?? 0))
    if (pending && isAnswerTo(pending.query, message)) pending.answered(message)
  }
}

/** Returns how to listen no more: `AbortSignal.any` would grow with every query on a signal that lives long. */
function onAbort(signal: AbortSignal, fail: (reason: unknown) => void): () => void {
  const listener = () => fail(signal.reason)
  signal.addEventListener('abort', listener, {once: true})
  return () => signal.removeEventListener('abort', listener)
}
