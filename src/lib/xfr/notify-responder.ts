import {errorAnswer, notifyAnswer} from '../dns/answer.js'
import type {ZoneName} from '../dns/name.js'
import {readNotify} from '../dns/notify.js'
import type {Query, QueryReading} from '../dns/query.js'
import type {Clock} from '../dns/tsig-hmac.js'
import type {TsigKey} from '../dns/tsig-record.js'
import {verifyQuery} from '../dns/tsig-verify.js'
import {Class, Rcode} from '../dns/wire.js'
import type {Client, MessageResponder, Reply, ServerObserver} from './message-responder.js'

export type NotifyOutcome =
  | 'taken'
  /** Another class than IN, or no TSIG where one is demanded. */
  | 'refused'
  /** No NOTIFY at all. */
  | 'not-implemented'
  | 'malformed'
  /** The TSIG is wrong. */
  | 'unauthentic'

export interface NotifyObserver extends ServerObserver {
  onNotify?(outcome: NotifyOutcome): void
}

export interface NotifyResponderOptions {
  /** A NOTIFY that may be trusted came for this zone. It must not throw, and must not take long. */
  taken(zone: ZoneName): void
  /** With which a signed NOTIFY may be signed. */
  keys: readonly TsigKey[]
  /** Whether an unsigned one is refused. */
  signedOnly: boolean
  observer: NotifyObserver
  clock: Clock
}

/** Answers NOTIFY (RFC 1996) as a secondary does, for any zone; to all else it says no. */
export class NotifyResponder implements MessageResponder {
  readonly #options: NotifyResponderOptions

  constructor(options: NotifyResponderOptions) {
    this.#options = options
  }

  respond(message: Uint8Array, {peer}: Client): Reply {
    const reading = readNotify(message)
    if (reading.is !== 'query') return this.#reject(reading, peer)
    const {query} = reading
    const {keys, signedOnly, clock, observer} = this.#options
    if (!query.tsig) {
      return {is: 'message', bytes: signedOnly ? this.#refuse(query) : this.#take(query)}
    }
    const verdict = verifyQuery(message, query.tsig, keys, clock)
    if (verdict.ok) return {is: 'message', bytes: verdict.signer.signWhole(this.#take(query))}
    observer.onNotify?.('unauthentic')
    observer.onMalformed?.(`TSIG: ${verdict.reason}`, peer)
    return {is: 'message', bytes: verdict.refusal(errorAnswer(query, Rcode.NOTAUTH))}
  }

  #take(query: Query): Uint8Array {
    if (query.class !== Class.IN) return this.#refuse(query)
    this.#options.observer.onNotify?.('taken')
    this.#options.taken(query.name)
    return notifyAnswer(query)
  }

  #refuse(query: Query): Uint8Array {
    this.#options.observer.onNotify?.('refused')
    return errorAnswer(query, Rcode.REFUSED)
  }

  #reject(reading: Exclude<QueryReading, {is: 'query'}>, peer: string): Reply {
    const {observer} = this.#options
    const notImplemented = reading.is === 'error' && reading.rcode === Rcode.NOTIMP
    observer.onNotify?.(notImplemented ? 'not-implemented' : 'malformed')
    if (!notImplemented) observer.onMalformed?.(reading.reason, peer)
    if (reading.is === 'noise') return {is: 'silence'}
    return {is: 'message', bytes: errorAnswer(reading.envelope, reading.rcode)}
  }
}
