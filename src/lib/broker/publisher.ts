import {type ApiError, JetStreamApiError, JetStreamError} from '@nats-io/jetstream'
import {
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  NoRespondersError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
} from 'nats'
import {asError} from './errors.js'

interface Waiting {
  subject: string
  timer: NodeJS.Timeout
  resolve(sequence: number): void
  reject(error: Error): void
}

const NO_RESPONDERS = 503

/**
 * Publishes into streams, and waits for the broker's acknowledgement. As the JetStream client does, which makes for each message that
 * is acknowledged an error that nobody sees, with its stack trace, and several promises.
 */
export class Publisher {
  readonly #nc: NatsConnection
  readonly #timeoutMs: number
  readonly #waiting = new Map<string, Waiting>()
  readonly #inbox: string
  #subscribed = false
  #last = 0

  constructor(nc: NatsConnection, {inboxPrefix, timeoutMs}: {inboxPrefix: string; timeoutMs: number}) {
    this.#nc = nc
    this.#timeoutMs = timeoutMs
    this.#inbox = createInbox(inboxPrefix)
  }

  /**
   * Resolves with the message's sequence when its stream has it. Rejects with JetStreamApiError where the stream refuses it,
   * with RequestError where it may not be published or nobody takes it, and with TimeoutError.
   */
  publish(subject: string, body: Uint8Array, headers?: MsgHdrs): Promise<number> {
    return new Promise((resolve, reject) => {
      const token = (++this.#last).toString(36)
      const timer = setTimeout(() => this.#take(token)?.reject(new TimeoutError()), this.#timeoutMs)
      this.#waiting.set(token, {subject, timer, resolve, reject})
      try {
        this.#subscribe()
        this.#nc.publish(subject, body, {reply: `${this.#inbox}.${token}`, ...(headers ? {headers} : {})})
      } catch (error) {
        this.#take(token)?.reject(asError(error))
      }
    })
  }

  /** The connection met an error: it may be about what was published. */
  failed(error: Error): void {
    if (!(error instanceof PermissionViolationError) || error.operation !== 'publish') return
    for (const [token, {subject}] of this.#waiting) {
      if (subject === error.subject) this.#refuse(token, error)
    }
  }

  #subscribe(): void {
    if (this.#subscribed) return
    const subscription = this.#nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.#answered(message)
        else for (const token of this.#waiting.keys()) this.#refuse(token, error)
      },
    })
    this.#subscribed = true
    void subscription.closed.then(() => {
      this.#subscribed = false
      for (const token of this.#waiting.keys()) this.#refuse(token, new Error('the connection was closed'))
    })
  }

  #answered({subject, data, headers}: Msg): void {
    const token = subject.slice(this.#inbox.length + 1)
    const waiting = this.#take(token)
    if (!waiting) return
    if (data.length === 0 && headers?.code === NO_RESPONDERS) {
      const cause = new NoRespondersError(waiting.subject)
      waiting.reject(new RequestError(cause.message, {cause}))
      return
    }
    try {
      waiting.resolve(sequenceIn(data))
    } catch (error) {
      waiting.reject(asError(error))
    }
  }

  #refuse(token: string, cause: Error): void {
    this.#take(token)?.reject(new RequestError(cause.message, {cause}))
  }

  #take(token: string): Waiting | undefined {
    const waiting = this.#waiting.get(token)
    this.#waiting.delete(token)
    clearTimeout(waiting?.timer)
    return waiting
  }
}

function sequenceIn(data: Uint8Array): number {
  const answer: {seq?: unknown; error?: ApiError} | null = JSON.parse(Buffer.from(data).toString())
  if (answer?.error) throw new JetStreamApiError(answer.error)
  if (typeof answer?.seq !== 'number') throw new JetStreamError('invalid ack response')
  return answer.seq
}
