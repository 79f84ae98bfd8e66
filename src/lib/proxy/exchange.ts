import type {IncomingMessage, ServerResponse} from 'node:http'
import type {UpstreamAnswer} from './answer.js'
import type {ChangePublisher, RecogniseCall} from './change.js'
import {ClientGoneError, UpstreamTimeoutError} from './errors.js'
import {answerHeaders, requestHeaders} from './headers.js'
import type {Journal} from './journal.js'
import type {ProxyLimits} from './limits.js'
import type {ProxyObserver} from './observer.js'
import type {Outbox} from './outbox.js'
import {PendingChange} from './pending-change.js'
import {refuse} from './refusal.js'
import {hasBody, heldBack} from './request-body.js'
import {atMost, Countdown} from './time.js'
import type {Upstream} from './upstream.js'

export interface ExchangeParts {
  upstream: Upstream
  recognise: RecogniseCall
  journal: Journal
  outbox: Outbox
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
  readonly #late: Countdown
  readonly #unwanted = new AbortController()
  readonly #started = performance.now()

  constructor(parts: ExchangeParts, request: IncomingMessage, response: ServerResponse, target: string) {
    this.#parts = parts
    this.#request = request
    this.#response = response
    this.#target = target
    this.#facts = {method: request.method ?? '', path: target.split('?', 1)[0] ?? ''}
    const call = parts.recognise(this.#facts.method, target)
    this.#change = call && new PendingChange(call, this.#facts, parts.journal, parts.outbox)
    this.#late = new Countdown(
      parts.limits.answerTimeoutMs,
      () => new UpstreamTimeoutError('PowerDNS did not answer in time'),
    )
  }

  /** Resolves when nothing is left to do: the client may have its answer, or be gone, long before. */
  async run(): Promise<void> {
    this.#response.once('close', () => this.#onClientGone())
    const answered = this.#answerOf(this.#send())
    try {
      this.#relay(await Promise.race([answered, this.#late.over]))
    } catch (error) {
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
    const body = hasBody(this.#request) ? this.#body() : null
    if (!body) await change?.beforeLast()
    return upstream.send({
      method: this.#facts.method,
      target: this.#target,
      headers: requestHeaders(this.#request.rawHeaders),
      body,
      answerTimeoutMs: change ? limits.settleTimeoutMs : limits.answerTimeoutMs,
      onStart: () => {
        if (!body) this.#onForwarded()
      },
      signal: this.#unwanted.signal,
    })
  }

  #body(): AsyncIterable<Uint8Array> {
    const change = this.#change
    return heldBack(
      this.#request,
      (piece) => change?.see(piece),
      async () => {
        await change?.beforeLast()
        this.#onForwarded()
      },
    )
  }

  /** PowerDNS has the whole request, or gets it now. */
  #onForwarded(): void {
    this.#change?.forwarded()
    this.#late.start()
  }

  /** PowerDNS's answer, when what it changed is published or has waited long enough for that. */
  async #answerOf(sent: Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
    const change = this.#change
    if (!change) return sent
    const outcome = await sent.then(
      (answer) => ({answer, status: answer.status}),
      (error: unknown) => ({error, status: undefined}),
    )
    if (outcome.status !== undefined) await this.#parts.afterUpstreamAnswer?.()
    const concluded = change.conclude(outcome.status)
    if (this.#parts.publisher.connected) await atMost(this.#parts.limits.publishWithinMs, concluded)
    if ('error' in outcome) throw outcome.error
    return outcome.answer
  }

  #relay(answer: UpstreamAnswer): void {
    const response = this.#response
    if (response.destroyed) {
      answer.discard()
      return
    }
    response.sendDate = false
    response.writeHead(answer.status, answer.statusText, answerHeaders(answer.headers))
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
    // PowerDNS finishes a change in any case, so its answer is waited for.
    if (!this.#change) this.#unwanted.abort(new ClientGoneError('the client went away'))
  }
}
