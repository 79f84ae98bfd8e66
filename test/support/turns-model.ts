import {expect, vi} from 'vitest'
import {ChangeTurns, type ChangeTurnsOptions, type Turn} from '../../src/lib/proxy/change-turns.js'

export type TurnsStep =
  | {kind: 'take'; withinMs: number | null}
  | {kind: 'end'; which: number}
  | {kind: 'leave'; which: number}
  | {kind: 'pass'; ms: number}
  | {kind: 'allow'; atOnce: number}

interface Taker {
  away: AbortController
  /** When it goes in any case. */
  at: number
  turn?: Turn
  beganAt?: number
  hasLeft?: boolean
}

/** Turns under fake timers, and next to them what has to hold of them after every step. */
export class TurnsModel {
  readonly #turns: ChangeTurns
  readonly #overdueMs: number
  #atOnce: number
  #now = 0
  /** Those who wait, the oldest first, and those whose turn it is. */
  #line: Taker[] = []
  #held: Taker[] = []
  readonly #all: Taker[] = []

  constructor(options: ChangeTurnsOptions) {
    this.#turns = new ChangeTurns(options)
    this.#atOnce = options.atOnce
    this.#overdueMs = options.overdueMs
  }

  async step(step: TurnsStep): Promise<void> {
    if (step.kind === 'take') this.#take(step.withinMs ?? Number.POSITIVE_INFINITY)
    else if (step.kind === 'end') this.#end(step.which)
    else if (step.kind === 'leave') this.#leave(step.which)
    else if (step.kind === 'allow') this.#allow(step.atOnce)
    else for (let ms = 1; ms < step.ms; ms++) await this.#pass()
    await this.#pass()
  }

  /** All that is under way ends: then everybody who did not leave had a turn, and nothing is left behind. */
  async finish(): Promise<void> {
    for (let rounds = this.#all.length; rounds > 0; rounds--) {
      this.#end(0)
      await this.#settle(0)
    }
    expect(this.#all.filter(({turn, hasLeft}) => !turn === !hasLeft)).toEqual([])
    expect([this.#turns.waiting, this.#line.length, this.#held.length, vi.getTimerCount()]).toEqual([
      0, 0, 0, 0,
    ])
  }

  #take(withinMs: number): void {
    const taker: Taker = {away: new AbortController(), at: this.#now + withinMs}
    this.#all.push(taker)
    this.#line.push(taker)
    const patience = Number.isFinite(withinMs) ? {withinMs} : {}
    this.#turns.take({...patience, signal: taker.away.signal}).then(
      (turn) => {
        taker.turn = turn
      },
      () => {
        taker.hasLeft = true
      },
    )
  }

  #end(which: number): void {
    const [taker] = this.#held.splice(which % (this.#held.length || 1), 1)
    taker?.turn?.end()
  }

  #leave(which: number): void {
    const [taker] = this.#line.splice(which % (this.#line.length || 1), 1)
    taker?.away.abort(new Error('away'))
  }

  #allow(atOnce: number): void {
    this.#atOnce = atOnce
    this.#turns.allow(atOnce)
  }

  /** What was just done takes effect, and a millisecond passes: at most one thing each time. */
  async #pass(): Promise<void> {
    await this.#settle(0)
    this.#now += 1
    await this.#settle(1)
  }

  async #settle(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms)
    const isOpen = this.#held.some(({beganAt = 0}) => this.#now - beganAt >= this.#overdueMs)
    const free = isOpen ? Number.POSITIVE_INFINITY : Math.max(0, this.#atOnce - this.#held.length)
    const began = this.#line.filter(({turn}) => turn)
    const inTurn = began.filter(({at}) => at > this.#now)
    this.#line = this.#line.filter(({turn}) => !turn)
    // Whoever waits waits behind all who had their turn in time, and only while there is none to be had.
    expect(inTurn.length).toBeLessThanOrEqual(free)
    const lastBegun = Math.max(-1, ...inTurn.map((taker) => this.#all.indexOf(taker)))
    for (const taker of this.#line) {
      expect(this.#all.indexOf(taker)).toBeGreaterThan(lastBegun)
      expect(taker.at).toBeGreaterThan(this.#now)
    }
    for (const taker of began) taker.beganAt = this.#now
    this.#held.push(...began)
    if (this.#line.length > 0) {
      expect(isOpen).toBe(false)
      expect(this.#held.length).toBeGreaterThanOrEqual(this.#atOnce)
    }
    expect(this.#turns.waiting).toBe(this.#line.length)
  }
}
