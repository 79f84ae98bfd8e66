import {setTimeout as pause} from 'node:timers/promises'
import {decode} from 'dns-packet'
import {readName, zoneName} from '../../../src/lib/dns/name.js'
import {encodeQuery} from '../../../src/lib/dns/query.js'
import {answersOf} from '../../../src/lib/dns/record.js'
import type {Transfer} from '../../../src/lib/dns/transfer.js'
import {Rcode, readHeader} from '../../../src/lib/dns/wire.js'
import {fetchZone} from '../../../src/lib/xfr/axfr-client.js'
import {UdpClient} from '../../../src/lib/xfr/udp-client.js'
import type {TestServer} from '../system.js'
import type {Judge, Said} from './judge.js'

const TXT = 16
const BETWEEN_QUERIES_MS = 4
const BETWEEN_TRANSFERS_MS = 150
const ANSWER_WITHIN_MS = 1_000
const LIMITS = {bytes: 10 ** 6, records: 10 ** 4, idleMs: ANSWER_WITHIN_MS, totalMs: ANSWER_WITHIN_MS}

/** Never stops asking one server for the counters of all zones, as resolvers would, and now and then for a whole zone. */
export class Witness {
  readonly #server: TestServer
  readonly #zones: readonly string[]
  readonly #judge: Judge
  readonly #stop = new AbortController()
  readonly #running: Promise<unknown>

  constructor(server: TestServer, zones: readonly string[], judge: Judge) {
    this.#server = server
    this.#zones = zones
    this.#judge = judge
    this.#running = Promise.all([this.#ask(), this.#transfer()])
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #ask(): Promise<void> {
    const client = new UdpClient(this.#server.dns.address)
    try {
      for await (const zone of this.#inTurn(BETWEEN_QUERIES_MS)) {
        const query = encodeQuery({id: 0, name: zoneName(`counter.${zone}`), type: TXT})
        const answer = await client
          .ask(query, {timeoutMs: ANSWER_WITHIN_MS, signal: this.#stop.signal})
          .catch(() => undefined)
        const said = answer && saidBy(answer)
        if (said !== undefined) this.#judge.hear(zone, said, performance.now())
      }
    } finally {
      await client.close()
    }
  }

  /** Half a change is one that the primary never had. */
  async #transfer(): Promise<void> {
    for await (const zone of this.#inTurn(BETWEEN_TRANSFERS_MS)) {
      const transfer = await this.#transferOf(zone)
      if (!transfer) continue
      const counters = ['counter', 'twin'].map((label) => countersIn(transfer.messages, `${label}.${zone}`))
      const [counter, twin] = counters
      if (counter === twin && counter !== '')
        this.#judge.hear(zone, Number(counter), performance.now(), 'transfer')
      else this.#judge.wrong.push(`${this.#server.name} transferred ${zone} with ${counter} and ${twin}`)
    }
  }

  async #transferOf(zone: string): Promise<Transfer | undefined> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
    const options = {server: this.#server.dns.address, zone: zoneName(zone), limits: LIMITS, signal}
    // No answer is no wrong answer.
    return fetchZone(options).catch(() => undefined)
  }

  async *#inTurn(everyMs: number): AsyncGenerator<string> {
    for (;;) {
      for (const zone of this.#zones) {
        if (this.#stop.signal.aborted) return
        yield zone
        await pause(everyMs)
      }
    }
  }
}

/** Undefined where the answer says nothing about the zone. */
function saidBy(message: Uint8Array): Said | undefined {
  const {rcode} = readHeader(message)
  if (rcode === Rcode.REFUSED) return 'gone'
  if (rcode === Rcode.NXDOMAIN) return 'empty'
  if (rcode !== Rcode.NOERROR) return undefined
  const answers = decode(Buffer.from(message)).answers ?? []
  const [text] = answers.flatMap((answer) => (answer.type === 'TXT' ? [String(answer.data)] : []))
  return text === undefined ? 'empty' : Number(text)
}

/** The texts of a TXT RRset in a transfer, one after the other. */
function countersIn(messages: readonly Uint8Array[], name: string): string {
  const texts: string[] = []
  for (const message of messages) {
    const record = answersOf(message)
    while (record.next()) {
      if (record.type !== TXT) continue
      // One string of TXT data: its length, then itself (RFC 1035 §3.3.14).
      if (readName(message, record.owner).name === name)
        texts.push(Buffer.from(record.rdataBytes().subarray(1)).toString())
    }
  }
  return texts.join()
}
