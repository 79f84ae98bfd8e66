import fc from 'fast-check'
import {sleep} from '../../../src/lib/async/abort.js'

/** Where fakes take their delays and accidents from: the same for the same `Luck`, so that a failure can be shrunk. */
export interface Luck {
  /** Milliseconds, used in turn. */
  delays: number[]
  /** Whether the next thing that may go wrong does, used in turn. */
  accidents: boolean[]
}

export const luck: fc.Arbitrary<Luck> = fc.record({
  delays: fc.array(fc.integer({min: 0, max: 40}), {minLength: 20, maxLength: 60}),
  accidents: fc.array(
    fc.integer({min: 0, max: 9}).map((n) => n === 0),
    {minLength: 10, maxLength: 60},
  ),
})

export class Chance {
  readonly #luck: Luck
  #delays = 0
  #accidents = 0
  /** Nothing goes wrong any more. */
  calm = false

  constructor(given: Luck) {
    this.#luck = given
  }

  delay(): number {
    const {delays} = this.#luck
    return delays[this.#delays++ % delays.length] ?? 0
  }

  pause(signal?: AbortSignal): Promise<void> {
    const ms = this.delay()
    return ms === 0 ? Promise.resolve() : sleep(ms, signal)
  }

  accident(): boolean {
    const {accidents} = this.#luck
    return !this.calm && (accidents[this.#accidents++ % accidents.length] ?? false)
  }
}

/** For fakes that do everything at once and as they should. */
export const NO_CHANCE = {delays: [0], accidents: [false]}
