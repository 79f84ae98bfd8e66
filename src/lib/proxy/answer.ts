import type {Writable} from 'node:stream'
import type {Dispatcher} from 'undici'

export interface AnswerEvents {
  onStart: (() => void) | undefined
  onHeaders(answer: UpstreamAnswer): void
  onError(error: Error): void
}

/** What is read of a body before anybody asks for it, in bytes; the rest waits in PowerDNS's connection. */
const READ_AHEAD = 64 * 1024

/** An answer of PowerDNS's, from its headers on. */
export class UpstreamAnswer implements Dispatcher.DispatchHandler {
  status = 0
  statusText = ''
  /** name, value, name, value, …: as they came */
  headers: string[] = []

  readonly #signal: AbortSignal
  readonly #events: AnswerEvents
  #controller: Dispatcher.DispatchController | undefined
  #target: Writable | undefined
  #ahead: Buffer[] = []
  #aheadBytes = 0
  readonly #full = Promise.withResolvers<void>()
  #ended = false
  #broken = false

  constructor(signal: AbortSignal, events: AnswerEvents) {
    this.#signal = signal
    this.#events = events
  }

  /** Resolves when PowerDNS is not let send more before somebody takes it. */
  get full(): Promise<void> {
    return this.#full.promise
  }

  /** Writes the body to `target` as fast as it takes it, and ends it; destroys it where the body breaks off. */
  pipe(target: Writable): void {
    this.#target = target
    for (const chunk of this.#ahead.splice(0)) target.write(chunk)
    if (this.#broken) target.destroy()
    else if (this.#ended) target.end()
    if (this.#ended) return
    target.on('drain', () => this.#controller?.resume())
    target.once('close', () => this.discard())
    if (!target.writableNeedDrain) this.#controller?.resume()
  }

  /** Nobody wants the rest. */
  discard(): void {
    if (!this.#ended) this.#controller?.abort(new DOMException('the answer is not wanted', 'AbortError'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) {
      controller.abort(this.#signal.reason)
      return
    }
    this.#signal.addEventListener('abort', this.#abort, {once: true})
    this.#events.onStart?.()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusText = '',
  ): void {
    if (status < 200) return
    this.status = status
    this.statusText = statusText
    const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : []
    this.headers = raw.map((text) => (typeof text === 'string' ? text : text.toString('latin1')))
    this.#events.onHeaders(this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#target) {
      if (!this.#target.write(chunk)) controller.pause()
      return
    }
    this.#ahead.push(chunk)
    this.#aheadBytes += chunk.length
    if (this.#aheadBytes <= READ_AHEAD) return
    controller.pause()
    this.#full.resolve()
  }

  onResponseEnd(): void {
    this.#finish()
    this.#target?.end()
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#finish()
    this.#broken = true
    this.#events.onError(error)
    this.#target?.destroy()
  }

  readonly #abort = () => this.#controller?.abort(this.#signal.reason)

  #finish(): void {
    this.#ended = true
    this.#signal.removeEventListener('abort', this.#abort)
  }
}
