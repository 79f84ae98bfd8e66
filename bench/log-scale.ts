/** A logarithmic axis over whole powers of ten. */
export class LogScale {
  readonly #low: number
  readonly #high: number
  readonly #from: number
  readonly #to: number

  /** @param from where the axis begins on the page, and `to` where it ends */
  constructor(values: readonly number[], from: number, to: number) {
    const known = values.filter((value) => value > 0 && Number.isFinite(value))
    this.#low = Math.floor(Math.log10(Math.min(...known, 1)))
    this.#high = Math.max(this.#low + 1, Math.ceil(Math.log10(Math.max(...known, 1))))
    this.#from = from
    this.#to = to
  }

  at(value: number): number {
    const share = (Math.log10(value) - this.#low) / (this.#high - this.#low)
    return this.#from + share * (this.#to - this.#from)
  }

  get ticks(): number[] {
    return Array.from({length: this.#high - this.#low + 1}, (_, i) => 10 ** (this.#low + i))
  }
}
