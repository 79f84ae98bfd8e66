import {answerLimit, errorAnswer, soaAnswer, truncatedAnswer} from '../dns/answer.js'
import {type Query, type QueryReading, readQuery} from '../dns/query.js'
import type {SoaAnswer} from '../dns/soa.js'
import type {Clock} from '../dns/tsig-hmac.js'
import type {TsigKey} from '../dns/tsig-record.js'
import type {TsigSigner} from '../dns/tsig-sign.js'
import {verifyQuery} from '../dns/tsig-verify.js'
import {Class, Rcode, Type} from '../dns/wire.js'
import type {Client, MessageResponder, Reply} from './message-responder.js'
import type {Absence, QueryOutcome, StoredTransfer, TransferObserver, ZoneSource} from './zone-source.js'

export interface ResponderOptions {
  source: ZoneSource
  keys: readonly TsigKey[]
  observer: TransferObserver
  soaWaitMs: number
  clock: Clock
}

const ABSENCE_RCODES: Record<Absence, number> = {unknown: Rcode.REFUSED, 'not-at-hand': Rcode.SERVFAIL}

/** Decides what is answered to a query: SOA, AXFR over TCP, and no to all else. */
export class Responder implements MessageResponder {
  readonly #options: ResponderOptions

  constructor(options: ResponderOptions) {
    this.#options = options
  }

  respond(message: Uint8Array, client: Client): Reply | Promise<Reply> {
    const reading = readQuery(message)
    if (reading.is !== 'query') return this.#reject(reading, client)
    const {query} = reading
    const {keys, clock, observer} = this.#options
    if (!query.tsig) {
      return keys.length > 0 ? this.#refuse(query, undefined) : this.#answer(query, undefined, client)
    }
    const verdict = verifyQuery(message, query.tsig, keys, clock)
    if (verdict.ok) return this.#answer(query, verdict.signer, client)
    observer.onQuery?.(kindOf(query), 'unauthentic')
    observer.onMalformed?.(`TSIG: ${verdict.reason}`, client.peer)
    return {is: 'message', bytes: verdict.refusal(errorAnswer(query, Rcode.NOTAUTH))}
  }

  #reject(reading: Exclude<QueryReading, {is: 'query'}>, {peer}: Client): Reply {
    const {observer} = this.#options
    const notImplemented = reading.is === 'error' && reading.rcode === Rcode.NOTIMP
    observer.onQuery?.('other', notImplemented ? 'not-implemented' : 'malformed')
    if (!notImplemented) observer.onMalformed?.(reading.reason, peer)
    if (reading.is === 'noise') return {is: 'silence'}
    return {is: 'message', bytes: errorAnswer(reading.envelope, reading.rcode)}
  }

  #answer(query: Query, signer: TsigSigner | undefined, client: Client): Reply | Promise<Reply> {
    if (query.class !== Class.IN) return this.#refuse(query, signer)
    if (query.type === Type.SOA) return this.#soa(query, signer, client)
    // IXFR is refused: PowerDNS falls back to AXFR, and nobody is led to believe that a full answer is a difference.
    if (query.type === Type.AXFR && client.transport === 'tcp') return this.#transfer(query, signer)
    return this.#refuse(query, signer)
  }

  #transfer(query: Query, signer: TsigSigner | undefined): Reply | Promise<Reply> {
    const failed = (error: unknown) => {
      this.#options.observer.onError?.(error)
      return this.#absent(query, signer, 'not-at-hand')
    }
    try {
      const found = this.#options.source.transfer(query.name)
      if (!(found instanceof Promise)) return this.#transferReply(query, signer, found)
      return found.then((answer) => this.#transferReply(query, signer, answer)).catch(failed)
    } catch (error) {
      return failed(error)
    }
  }

  #transferReply(query: Query, signer: TsigSigner | undefined, found: StoredTransfer | Absence): Reply {
    if (typeof found === 'string') return this.#absent(query, signer, found)
    if (found.messages.length === 0)
      throw new TypeError(`a stored transfer of ${query.name} without messages`)
    return this.#stream(query, signer, found)
  }

  #stream({name, id}: Query, signer: TsigSigner | undefined, {messages, tag}: StoredTransfer): Reply {
    const {source, observer} = this.#options
    return {
      is: 'stream',
      messages,
      id,
      signer,
      onStart: () => source.started?.(name, tag),
      onBroken: () => observer.onQuery?.('axfr', 'broken'),
      onSent: () => {
        observer.onQuery?.('axfr', 'answered')
        source.sent?.(name, tag)
      },
    }
  }

  #soa(query: Query, signer: TsigSigner | undefined, client: Client): Reply | Promise<Reply> {
    const wait = new AbortController()
    try {
      const found = this.#options.source.soa(query.name, wait.signal)
      if (!(found instanceof Promise)) return this.#soaReply(query, signer, client, found)
      return this.#bounded(found, wait, client.signal).then((answer) =>
        this.#soaReply(query, signer, client, answer),
      )
    } catch (error) {
      this.#options.observer.onError?.(error)
      return this.#absent(query, signer, 'not-at-hand')
    }
  }

  async #bounded(
    answer: Promise<SoaAnswer | Absence>,
    wait: AbortController,
    gone: AbortSignal,
  ): Promise<SoaAnswer | Absence> {
    let giveUp = () => {}
    const late = new Promise<Absence>((resolve) => {
      giveUp = () => {
        resolve('not-at-hand')
        wait.abort()
      }
    })
    const timer = setTimeout(giveUp, this.#options.soaWaitMs)
    gone.addEventListener('abort', giveUp, {once: true})
    try {
      if (gone.aborted) giveUp()
      return await Promise.race([answer, late])
    } catch (error) {
      this.#options.observer.onError?.(error)
      return 'not-at-hand'
    } finally {
      clearTimeout(timer)
      gone.removeEventListener('abort', giveUp)
    }
  }

  #soaReply(
    query: Query,
    signer: TsigSigner | undefined,
    {transport}: Client,
    found: SoaAnswer | Absence,
  ): Reply {
    if (typeof found === 'string') return this.#absent(query, signer, found)
    const whole = soaAnswer(query, found)
    const fits = whole.length + (signer?.recordBytes ?? 0) <= answerLimit(query, transport)
    return this.#message(query, signer, fits ? whole : truncatedAnswer(query), 'answered')
  }

  #absent(query: Query, signer: TsigSigner | undefined, absence: Absence): Reply {
    return this.#message(query, signer, errorAnswer(query, ABSENCE_RCODES[absence]), absence)
  }

  #refuse(query: Query, signer: TsigSigner | undefined): Reply {
    return this.#message(query, signer, errorAnswer(query, Rcode.REFUSED), 'refused')
  }

  #message(query: Query, signer: TsigSigner | undefined, bytes: Uint8Array, outcome: QueryOutcome): Reply {
    this.#options.observer.onQuery?.(kindOf(query), outcome)
    return {is: 'message', bytes: signer ? signer.signWhole(bytes) : bytes}
  }
}

function kindOf({type}: Query): 'soa' | 'axfr' | 'other' {
  if (type === Type.SOA) return 'soa'
  return type === Type.AXFR ? 'axfr' : 'other'
}
