import {Fifo} from '../async/fifo.js'
import {UpstreamUnavailableError} from './errors.js'

export interface ChangeTurnsOptions {
  /** How many changes PowerDNS is given at once. */
  atOnce: number
  /** After this long without an answer a turn keeps nobody else waiting, in milliseconds. */
  overdueMs: number
}

/** The right to have PowerDNS make a change. */
export interface Turn {
  /** PowerDNS has answered, or will not. To be called once. */
  end(): void
}

export interface Patience {
  /** After so many milliseconds it is the change's turn in any case. */
  withinMs?: number | undefined
  /** Nobody wants the change any more: it leaves the line. */
  signal?: AbortSignal
}

interface Waiter {
  isWaiting: boolean
  begin(): void
  fail(error: unknown): void
}

/**
 * The order in which changes go to PowerDNS, and how many of them at once. SQLite takes one writer, and PowerDNS answers 500 to
 * whoever comes in between; so the others wait here, in the order in which they came. A change that PowerDNS does not answer keeps
 * nobody waiting for long: while one is overdue, all others go at once.
 */
export class ChangeTurns {
  #atOnce: number
  readonly #overdueMs: number
  readonly #line = new Fifo<Waiter>()
  #waiting = 0
  #held = 0
  #overdue = 0
  #isStopped = false

  constructor({atOnce, overdueMs}: ChangeTurnsOptions) {
    this.#atOnce = atOnce
    this.#overdueMs = overdueMs
  }

  /** How many wait for theirs. */
  get waiting(): number {
    return this.#waiting
  }

  /** From now on so many changes go at once. */
  allow(atOnce: number): void {
    this.#atOnce = atOnce
    this.#admit()
  }

  /**
   * Resolves when it is this change's turn.
   * @throws UpstreamUnavailableError when nobody's turn comes any more, or the signal's reason.
   */
  async take(patience: Patience = {}): Promise<Turn> {
    if (this.#isStopped) throw stopping()
    return this.#isFree ? this.#hold() : this.#wait(patience)
  }

  /** Nobody's turn comes any more. Those that have begun go on. */
  stop(): void {
    this.#isStopped = true
    for (let waiter = this.#next(); waiter; waiter = this.#next()) waiter.fail(stopping())
  }

  get #isFree(): boolean {
    return this.#held < this.#atOnce || this.#overdue > 0
  }

  #hold(): Turn {
    let isOverdue = false
    const timer = setTimeout(() => {
      isOverdue = true
      this.#overdue += 1
      this.#admit()
    }, this.#overdueMs)
    this.#held += 1
    return {
      end: () => {
        clearTimeout(timer)
        this.#held -= 1
        if (isOverdue) this.#overdue -= 1
        this.#admit()
      },
    }
  }

  #wait({withinMs, signal}: Patience): Promise<Turn> {
    signal?.throwIfAborted()
    const {promise, resolve, reject} = Promise.withResolvers<Turn>()
    const leave = () => {
      clearTimeout(impatience)
      signal?.removeEventListener('abort', abort)
      waiter.isWaiting = false
      this.#waiting -= 1
    }
    const waiter: Waiter = {
      isWaiting: true,
      begin: () => {
        leave()
        resolve(this.#hold())
      },
      fail: (error) => {
        leave()
        reject(error)
      },
    }
    const abort = () => waiter.fail(signal?.reason)
    const impatience = withinMs === undefined ? undefined : setTimeout(waiter.begin, withinMs)
    signal?.addEventListener('abort', abort, {once: true})
    this.#line.push(waiter)
    this.#waiting += 1
    return promise
  }

  #admit(): void {
    while (this.#isFree) {
      const waiter = this.#next()
      if (!waiter) return
      waiter.begin()
    }
  }

  /** Whoever went out of turn, or away, is still in the line. */
  #next(): Waiter | undefined {
    for (let waiter = this.#line.shift(); waiter; waiter = this.#line.shift()) {
      if (waiter.isWaiting) return waiter
    }
    return undefined
  }
}

function stopping(): UpstreamUnavailableError {
  return new UpstreamUnavailableError('the api-proxy stops: PowerDNS was not asked', {
    hints: ['Send the call again'],
  })
}
