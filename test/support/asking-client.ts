import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {setTimeout as pause} from 'node:timers/promises'
import {decode, encode} from 'dns-packet'

const ANSWER_WITHIN_MS = 500
const BETWEEN_MS = 1

/** A resolver that never stops asking one server for one TXT record, as its packet cache is asked in practice. */
export class AskingClient {
  readonly #query: Buffer
  readonly #port: number
  readonly #host: string
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #last = ''
  #times = 0
  #asked = 0
  /** Every answer that ever came. */
  readonly answers = new Set<string>()

  constructor({host, port}: {host: string; port: number}, name: string) {
    this.#host = host
    this.#port = port
    this.#query = encode({type: 'query', questions: [{name, type: 'TXT', class: 'IN'}]})
    this.#running = this.#run()
  }

  /** The newest answer, and how often it came in a row. */
  get answer(): {text: string; times: number} {
    return {text: this.#last, times: this.#times}
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const socket = createSocket(this.#host.includes(':') ? 'udp6' : 'udp4')
    try {
      socket.connect(this.#port, this.#host)
      await once(socket, 'connect')
      while (!this.#stop.signal.aborted) {
        const text = await this.#ask(socket)
        if (text !== undefined) this.#note(text)
        await pause(BETWEEN_MS)
      }
    } finally {
      socket.close()
    }
  }

  #note(text: string): void {
    this.#times = text === this.#last ? this.#times + 1 : 1
    this.#last = text
    this.answers.add(text)
  }

  /** Undefined where no answer came. */
  async #ask(socket: Socket): Promise<string | undefined> {
    this.#asked++
    const id = this.#asked & 0xffff
    this.#query.writeUInt16BE(id, 0)
    const answered = this.#answerTo(socket, id)
    socket.send(this.#query)
    return answered
  }

  async #answerTo(socket: Socket, id: number): Promise<string | undefined> {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    try {
      for (;;) {
        const [message] = (await once(socket, 'message', {signal})) as [Buffer]
        if (message.readUInt16BE(0) === id) return textOf(message)
      }
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
  }
}

function textOf(message: Buffer): string {
  const answers = decode(message).answers ?? []
  return answers.flatMap((answer) => (answer.type === 'TXT' ? [String(answer.data)] : [])).join()
}
