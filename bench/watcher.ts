import {createSocket, type Socket} from 'node:dgram'
import {once} from 'node:events'
import {zoneName} from '../src/lib/dns/name.js'
import {encodeQuery} from '../src/lib/dns/query.js'
import {setUint16, Type} from '../src/lib/dns/wire.js'

/** For times of milliseconds. */
const EVERY_MS = 2
/** Of many questions at the same time, each: less often where they are so many that all of them would ask more often than `EVERY_MS`. */
const EACH_MS = 5
/** For times of seconds, where the questions themselves would keep the servers busy. */
const RARELY_MS = 25
const TXT = 16

/** A client that asks one name server over UDP, again and again, until it answers as expected: as a resolver would, caches and all. */
export class Watcher {
  readonly #socket: Socket
  readonly #closing = new AbortController()
  /** Who asked, by the ID of each of his queries: an answer is read by him alone, however many others wait. */
  readonly #asked = new Map<number, (answer: Buffer) => void>()
  /** Questions that are asked in turn, the next one first. */
  readonly #inTurn = new Set<() => void>()
  #turn: NodeJS.Timeout | undefined
  #id = 0

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async open({host, port}: {host: string; port: number}): Promise<Watcher> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.connect(port, host)
    await once(socket, 'connect')
    // A server that is not up yet refuses by ICMP; the next query asks again.
    socket.on('error', () => undefined)
    const watcher = new Watcher(socket)
    socket.on('message', (answer) => {
      if (answer.length >= 12) watcher.#asked.get(answer.readUInt16BE(0))?.(answer)
    })
    return watcher
  }

  /** Resolves with the time (`performance.now()`) at which the name's TXT record was first answered with this text. */
  async text(name: string, text: string, signal: AbortSignal): Promise<number> {
    const wanted = Buffer.from(text)
    return await this.#until(name, TXT, (answer) => answer.includes(wanted), EVERY_MS, signal)
  }

  /**
   * The same with the number of the change, which a later change may have replaced. All that wait so share their queries: the more
   * there are, the more work the server has, and shall not have more of this.
   */
  async change(name: string, number: number, signal: AbortSignal): Promise<number> {
    const holds = (answer: Buffer) => numberIn(answer) >= number
    return await this.#until(name, TXT, holds, 'in turn', signal)
  }

  /** The same for an authoritative answer that has a record. */
  async answered(name: string, signal: AbortSignal): Promise<number> {
    return await this.#until(name, Type.SOA, (answer) => answer.readUInt16BE(6) > 0, RARELY_MS, signal)
  }

  /** Whoever still waits gets an error. */
  close(): void {
    this.#closing.abort(new Error('the watcher was closed'))
    clearTimeout(this.#turn)
    this.#socket.close()
  }

  #until(
    name: string,
    type: number,
    holds: (answer: Buffer) => boolean,
    every: number | 'in turn',
    wanted: AbortSignal,
  ): Promise<number> {
    const signal = AbortSignal.any([wanted, this.#closing.signal])
    signal.throwIfAborted()
    const query = encodeQuery({id: 0, name: zoneName(name), type})
    const question = query.subarray(12)
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const ids: number[] = []
      const ask = () => {
        if (every !== 'in turn') timer = setTimeout(ask, every)
        this.#id = (this.#id + 1) & 0xffff
        this.#asked.set(this.#id, receive)
        ids.push(this.#id)
        setUint16(query, 0, this.#id)
        this.#socket.send(Uint8Array.from(query))
      }
      const end = () => {
        clearTimeout(timer)
        this.#inTurn.delete(ask)
        for (const id of ids) if (this.#asked.get(id) === receive) this.#asked.delete(id)
        signal.removeEventListener('abort', abort)
      }
      const receive = (answer: Buffer) => {
        if (answer.indexOf(question) !== 12 || !holds(answer)) return
        end()
        resolve(performance.now())
      }
      const abort = () => {
        end()
        reject(signal.reason)
      }
      signal.addEventListener('abort', abort, {once: true})
      if (every === 'in turn') this.#askInTurn(ask)
      else ask()
    })
  }

  #askInTurn(ask: () => void): void {
    this.#inTurn.add(ask)
    this.#turn ??= setTimeout(() => this.#askNext(), 0)
  }

  #askNext(): void {
    const [next] = this.#inTurn
    if (next) {
      this.#inTurn.delete(next)
      this.#inTurn.add(next)
      next()
    }
    const pause = Math.max(EVERY_MS, EACH_MS / this.#inTurn.size)
    this.#turn = next && setTimeout(() => this.#askNext(), pause)
  }
}

/** The text of a change that is one of a row: `#17#`. */
export function numbered(number: number): string {
  return `#${number}#`
}

function numberIn(answer: Buffer): number {
  return Number(/#(\d+)#/.exec(answer.toString('latin1'))?.[1] ?? -1)
}
