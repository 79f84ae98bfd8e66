import {isAbortOf, orAborted} from '../../lib/async/abort.js'
import type {Bell} from '../../lib/async/bell.js'
import type {Pause} from '../../lib/zone/pause.js'

type Standing = {is: 'unknown'} | {is: 'open'} | {is: 'closing'} | {is: 'paused'; pause: Pause}

/** Whether this secondary may apply anything: not before it is known that nobody paused it, and not while somebody does. */
export class Gate {
  readonly #news: Bell
  readonly #known = Promise.withResolvers<void>()
  #standing: Standing = {is: 'unknown'}
  #period = new AbortController()
  #opened = Promise.withResolvers<void>()

  /** `news` rings when it was opened, also once more, and when nothing is applied any more. */
  constructor(news: Bell) {
    this.#news = news
  }

  /** Resolves when it is known for the first time. */
  get known(): Promise<void> {
    return this.#known.promise
  }

  get isOpen(): boolean {
    return this.#standing.is === 'open'
  }

  /** False while something is, or may still be, applied. */
  get isQuiet(): boolean {
    return this.#standing.is === 'unknown' || this.#standing.is === 'paused'
  }

  /** Why nothing is applied any more; undefined while something still may be. */
  get pause(): Pause | undefined {
    return this.#standing.is === 'paused' ? this.#standing.pause : undefined
  }

  open(): void {
    if (this.isOpen) {
      this.#news.ring()
      return
    }
    this.#standing = {is: 'open'}
    this.#period = new AbortController()
    this.#opened.resolve()
    this.#known.resolve()
    this.#news.ring()
  }

  /** Ends what runs while it is open. */
  close(): void {
    if (!this.isOpen) return
    this.#standing = {is: 'closing'}
    this.#opened = Promise.withResolvers()
    this.#period.abort(new DOMException('the secondary is paused', 'AbortError'))
  }

  /** Nothing is applied any more. */
  paused(pause: Pause): void {
    this.#standing = {is: 'paused', pause}
    this.#known.resolve()
    this.#news.ring()
  }

  /** Runs an endless task whenever it is open; the task's signal is aborted when it is closed. Resolves when aborted. */
  async whileOpen(signal: AbortSignal, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await orAborted(signal, this.#opened.promise)
      if (signal.aborted || !this.isOpen) continue
      const either = AbortSignal.any([signal, this.#period.signal])
      try {
        await task(either)
      } catch (error) {
        if (!isAbortOf(either, error)) throw error
      }
      if (!either.aborted) return
    }
  }
}
