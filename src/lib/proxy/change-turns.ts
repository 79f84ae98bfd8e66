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

interface Waiter {
  isWaiting: boolean
  begin(turn: Turn): void
  fail(error: Error): void
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
   * Resolves when it is this change's turn; after `withinMs`, where given, also out of turn.
   * @throws UpstreamUnavailableError when nobody's turn comes any more.
   */
  async take(withinMs?: number): Promise<Turn> {
    if (this.#isStopped) throw stopping()
    return this.#isFree ? this.#hold() : this.#wait(withinMs)
  }

  /** Nobody's turn comes any more. ChangeTurns that are held go on. */
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

  #wait(withinMs: number | undefined): Promise<Turn> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(impatience)
        waiter.isWaiting = false
        this.#waiting -= 1
      }
      const waiter: Waiter = {
        isWaiting: true,
        begin: (turn) => {
          leave()
          resolve(turn)
        },
        fail: (error) => {
          leave()
          reject(error)
        },
      }
      const impatience =
        withinMs === undefined ? undefined : setTimeout(() => waiter.begin(this.#hold()), withinMs)
      this.#line.push(waiter)
      this.#waiting += 1
    })
  }

  #admit(): void {
    while (this.#isFree) {
      const waiter = this.#next()
      if (!waiter) return
      waiter.begin(this.#hold())
    }
  }

  /** Whoever went out of turn is still in the line. */
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
