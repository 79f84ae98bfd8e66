import type {IncomingMessage, ServerResponse} from 'node:http'
import type {UpstreamAnswer} from './answer.js'
import type {ChangePublisher, RecogniseCall} from './change.js'
import type {ChangeTurns} from './change-turns.js'
import {type BadRequestError, ClientGoneError, UpstreamTimeoutError} from './errors.js'
import {answerHeaders, requestHeaders} from './headers.js'
import type {Journal} from './journal.js'
import type {ProxyLimits} from './limits.js'
import type {ProxyObserver} from './observer.js'
import type {Outbox} from './outbox.js'
import {PendingChange} from './pending-change.js'
import {refuse} from './refusal.js'
import {hasBody, hasSmallBody, heldBack, wholeBody} from './request-body.js'
import {atMost, Countdown} from './time.js'
import type {Upstream} from './upstream.js'
import {formatOutcome, type Wait} from './wait.js'
import {readWait, type WaitRequest} from './wait-request.js'
import type {Waits} from './waits.js'

export interface ExchangeParts {
  upstream: Upstream
  recognise: RecogniseCall
  journal: Journal
  outbox: Outbox
  turns: ChangeTurns
  waits: Waits
  publisher: ChangePublisher
  observer: ProxyObserver
  limits: ProxyLimits
  /** A fail point for tests: PowerDNS has made the change, nothing is published yet. */
  afterUpstreamAnswer?: (() => Promise<void>) | undefined
}

/** One call, from its headers to the end of its answer, and of what it changes. */
export class Exchange {
  readonly #parts: ExchangeParts
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #target: string
  readonly #facts: {method: string; path: string}
  readonly #change: PendingChange | undefined
  readonly #waitRequest: WaitRequest | undefined
  readonly #mistake: BadRequestError | undefined
  readonly #late: Countdown
  readonly #unwanted = new AbortController()
  readonly #started = performance.now()
  #wait: Wait | undefined
  /** The value of the answer's `Pdist-Served`. */
  #served: string | undefined

  constructor(parts: ExchangeParts, request: IncomingMessage, response: ServerResponse, target: string) {
    this.#parts = parts
    this.#request = request
    this.#response = response
    const {target: forwarded, wait, mistake} = readWait(target, request.headers)
    this.#target = forwarded
    this.#mistake = mistake
    this.#facts = {method: request.method ?? '', path: forwarded.split('?', 1)[0] ?? ''}
    const call = mistake ? undefined : parts.recognise(this.#facts.method, forwarded)
    this.#waitRequest = call && wait
    if (this.#waitRequest) parts.waits.prepare()
    // The connection is made while the intent is written.
    if (call) parts.upstream.prepare()
    this.#change = call && new PendingChange(call, this.#facts, parts)
    this.#late = new Countdown(
      parts.limits.answerTimeoutMs,
      () => new UpstreamTimeoutError('PowerDNS did not answer in time'),
    )
  }

  /** Resolves when nothing is left to do: the client may have its answer, or be gone, long before. */
  async run(): Promise<void> {
    if (this.#mistake) return this.#refuse(this.#mistake)
    this.#response.once('close', () => this.#onClientGone())
    const answered = this.#answerOf(this.#send())
    try {
      this.#relay(await Promise.race([answered, this.#late.over]))
    } catch (error) {
      this.#change?.abandon(error)
      this.#refuse(error)
    } finally {
      this.#late.stop()
    }
    // After a 504 a change is still watched: it is published when PowerDNS has made it.
    await answered.then(
      (answer) => this.#response.writableEnded && answer.discard(),
      () => undefined, // Refused above, if the client still waited for it.
    )
  }

  async #send(): Promise<UpstreamAnswer> {
    const {upstream, limits} = this.#parts
    const change = this.#change
    const whole = hasSmallBody(this.#request) ? await wholeBody(this.#request) : null
    const inPieces = !whole && hasBody(this.#request)
    // A body in pieces takes as long as its client likes: the turn comes before the last of them, or others would wait for it.
    if (!inPieces) await this.#turn(whole)
    return upstream.send({
      method: this.#facts.method,
      target: this.#target,
      headers: requestHeaders(this.#request.rawHeaders),
      body: inPieces ? this.#pieces() : whole,
      answerTimeoutMs: change ? limits.settleTimeoutMs : limits.answerTimeoutMs,
      onStart: () => {
        if (!inPieces) this.#onForwarded()
      },
      signal: this.#unwanted.signal,
    })
  }

  /** Resolves when PowerDNS may have the call, which is here in full. */
  async #turn(body: Uint8Array | null): Promise<void> {
    const change = this.#change
    if (!change) return
    // However long the line is, the client gets an answer.
    this.#late.start()
    if (body) change.see(body)
    await change.beforeLast()
  }

  #pieces(): AsyncIterable<Uint8Array> {
    const change = this.#change
    return heldBack(
      this.#request,
      (piece) => change?.see(piece),
      async () => {
        await change?.beforeLast(this.#parts.limits.heldBodyMs)
        this.#onForwarded()
      },
    )
  }

  /** PowerDNS has the whole request, or gets it now. */
  #onForwarded(): void {
    this.#change?.forwarded()
    this.#late.start()
  }

  /** PowerDNS's answer, when what it changed is published, and proved where that is asked for, or has waited long enough. */
  async #answerOf(sent: Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
    const change = this.#change
    if (!change) return sent
    const outcome = await sent.then(
      (answer) => ({answer, status: answer.status}),
      (error: unknown) => ({error, status: undefined}),
    )
    if (outcome.status !== undefined) await this.#parts.afterUpstreamAnswer?.()
    if ('error' in outcome) {
      await this.#published(change.conclude())
      throw outcome.error
    }
    // Whoever waits listens before there is anything to hear.
    const wait = this.#beginWait(outcome.answer)
    const concluded = change.conclude(outcome.status)
    void wait?.covers(concluded)
    await this.#published(concluded)
    if (wait) await this.#waited(wait)
    return outcome.answer
  }

  async #published(concluded: Promise<unknown>): Promise<void> {
    const {publisher, limits} = this.#parts
    if (publisher.connected) await atMost(limits.publishWithinMs, concluded)
  }

  #beginWait(answer: UpstreamAnswer): Wait | undefined {
    const zone = this.#change?.zone
    const isAccepted = answer.status < 300
    const response = this.#response
    if (!this.#waitRequest || !zone || !isAccepted || response.writableEnded || response.destroyed)
      return undefined
    // PowerDNS was in time.
    this.#late.stop()
    const wait = this.#parts.waits.begin(zone, this.#waitRequest)
    void answer.full.then(() => wait.atMost(this.#parts.limits.unreadAnswerMs))
    this.#wait = wait
    return wait
  }

  /** Nothing is sent on the client's connection meanwhile: it is not idle for that. */
  async #waited(wait: Wait): Promise<void> {
    const {socket} = this.#request
    const idleMs = socket.timeout ?? 0
    socket.setTimeout(0)
    const outcome = await wait.over
    socket.setTimeout(idleMs)
    this.#served = formatOutcome(outcome)
    this.#parts.observer.waited(this.#facts, outcome)
  }

  #relay(answer: UpstreamAnswer): void {
    const response = this.#response
    if (response.destroyed) {
      answer.discard()
      return
    }
    response.sendDate = false
    const own = this.#served === undefined ? [] : ['Pdist-Served', this.#served]
    response.writeHead(answer.status, answer.statusText, [...answerHeaders(answer.headers), ...own])
    answer.pipe(response)
    this.#onAnswered(answer.status)
  }

  #refuse(error: unknown): void {
    const {observer} = this.#parts
    if (error instanceof ClientGoneError || this.#response.destroyed) return
    const {status, isUpstream} = refuse(this.#response, error)
    if (isUpstream) observer.upstreamFailed(this.#facts, error)
    this.#onAnswered(status)
  }

  #onAnswered(status: number): void {
    // What PowerDNS did not want of the body must not keep the connection from its next request.
    if (!this.#request.complete) this.#request.resume()
    this.#parts.observer.answered({...this.#facts, status, ms: performance.now() - this.#started})
  }

  #onClientGone(): void {
    if (this.#response.writableFinished) return
    this.#parts.observer.abandoned({...this.#facts, ms: performance.now() - this.#started})
    this.#wait?.end('gone')
    const gone = new ClientGoneError('the client went away')
    // PowerDNS finishes a change that it has in any case, so its answer is waited for.
    if (this.#change) this.#change.abandon(gone)
    else this.#unwanted.abort(gone)
  }
}
