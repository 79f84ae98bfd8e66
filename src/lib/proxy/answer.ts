import type {Writable} from 'node:stream'

/** The connection that an answer comes by. */
export interface AnswerSource {
  pause(): void
  resume(): void
  /** Ends it: nobody wants the rest. */
  abort(reason: Error): void
}

export interface AnswerEvents {
  onStart: (() => void) | undefined
  onHeaders(answer: UpstreamAnswer): void
  onError(error: Error): void
}

/** What is read of a body before anybody asks for it, in bytes; the rest waits in PowerDNS's connection. */
const READ_AHEAD = 64 * 1024

/** An answer of PowerDNS's, from its headers on. */
export class UpstreamAnswer {
  status = 0
  statusText = ''
  /** name, value, name, value, …: as they came */
  headers: string[] = []

  readonly #signal: AbortSignal
  readonly #events: AnswerEvents
  #source: AnswerSource | undefined
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
    target.on('drain', () => this.#source?.resume())
    target.once('close', () => this.discard())
    if (!target.writableNeedDrain) this.#source?.resume()
  }

  /** Nobody wants the rest. */
  discard(): void {
    if (!this.#ended) this.#source?.abort(new DOMException('the answer is not wanted', 'AbortError'))
  }

  /** The request is about to be written to a connection. */
  started(source: AnswerSource): void {
    this.#source = source
    if (this.#signal.aborted) {
      source.abort(this.#signal.reason)
      return
    }
    this.#signal.addEventListener('abort', this.#abort, {once: true})
    this.#events.onStart?.()
  }

  /** The headers are there. `raw`: name, value, name, value, … */
  begun(status: number, statusText: string, raw: string[]): void {
    this.status = status
    this.statusText = statusText
    this.headers = raw
    this.#events.onHeaders(this)
  }

  came(chunk: Buffer): void {
    if (this.#target) {
      if (!this.#target.write(chunk)) this.#source?.pause()
      return
    }
    this.#ahead.push(chunk)
    this.#aheadBytes += chunk.length
    if (this.#aheadBytes <= READ_AHEAD) return
    this.#source?.pause()
    this.#full.resolve()
  }

  ended(): void {
    this.#finish()
    this.#target?.end()
  }

  failed(error: Error): void {
    this.#finish()
    this.#broken = true
    this.#events.onError(error)
    this.#target?.destroy()
  }

  readonly #abort = () => this.#source?.abort(this.#signal.reason)

  #finish(): void {
    this.#ended = true
    this.#signal.removeEventListener('abort', this.#abort)
  }
}
