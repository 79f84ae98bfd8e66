import {sleep, withTimeout} from '../async/abort.js'
import {backoff} from '../async/backoff.js'
import type {ChangePublisher} from './change.js'
import type {IntentHandle} from './journal.js'
import type {ProxyObserver} from './observer.js'

export interface OutboxOptions {
  publisher: ChangePublisher
  observer: Pick<ProxyObserver, 'published' | 'publishFailed'>
  /** How long one attempt may take. */
  attemptMs: number
}

interface Delivery {
  handle: IntentHandle
  done(event: number): void
}

const RETRY = {firstMs: 50, maxMs: 5_000}
/** How many are published at once when there is a backlog. */
const BATCH = 32

/** Publishes changes until they are acknowledged, first come first, and clears their intents. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #stopping = new AbortController()
  readonly #underWay = new Set<Promise<unknown>>()
  #backlog: Delivery[] = []
  #catchingUp: Promise<void> | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /**
   * Resolves with the event's sequence when the change is acknowledged; tries until then. Never rejects; after `stop` it may
   * stay unresolved.
   */
  deliver(handle: IntentHandle): Promise<number> {
    return new Promise((done) => {
      const delivery = {handle, done}
      if (this.#options.publisher.connected) void this.#track(this.#tryOrKeep(delivery))
      else this.#keep(delivery)
    })
  }

  /** Waits for the attempts that are under way, then makes no more. What is not acknowledged stays in the journal. */
  async stop(deadline: AbortSignal): Promise<void> {
    const abort = () => this.#stopping.abort()
    const attempts = Promise.all(this.#underWay)
    if (deadline.aborted) abort()
    else deadline.addEventListener('abort', abort, {once: true})
    await attempts
    deadline.removeEventListener('abort', abort)
    abort()
    await this.#catchingUp
  }

  async #tryOrKeep(delivery: Delivery): Promise<void> {
    if (!(await this.#try(delivery))) this.#keep(delivery)
  }

  #keep(delivery: Delivery): void {
    this.#backlog.push(delivery)
    this.#catchingUp ??= this.#catchUp()
  }

  async #catchUp(): Promise<void> {
    let delays = backoff(RETRY)
    while (this.#backlog.length > 0 && !this.#stopping.signal.aborted) {
      await this.#pause(delays.next().value)
      let acknowledged = this.#options.publisher.connected ? BATCH : 0
      while (acknowledged === BATCH && !this.#stopping.signal.aborted) {
        acknowledged = await this.#tryBatch()
        if (acknowledged > 0) delays = backoff(RETRY)
      }
    }
    this.#catchingUp = undefined
  }

  /** The number of the batch's changes that were acknowledged; the others go back to the head of the line. */
  async #tryBatch(): Promise<number> {
    const batch = this.#backlog.splice(0, BATCH)
    const results = await this.#track(Promise.all(batch.map((delivery) => this.#try(delivery))))
    const failed = batch.filter((_, i) => !results[i])
    this.#backlog.unshift(...failed)
    return batch.length - failed.length
  }

  async #try({handle, done}: Delivery): Promise<boolean> {
    const {publisher, observer, attemptMs} = this.#options
    let event: number
    try {
      event = await withTimeout(attemptMs, this.#stopping.signal, (signal) =>
        publisher.publish(handle.intent, signal),
      )
    } catch (error) {
      observer.publishFailed(handle.intent, error)
      return false
    }
    handle.clear()
    observer.published(handle.intent)
    done(event)
    return true
  }

  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms, this.#stopping.signal)
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error
    }
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work)
    return work.finally(() => this.#underWay.delete(work))
  }
}
