export interface ShareOptions {
  /** 0 to 1. */
  share: number
  /** What may be spent before the share counts, in milliseconds. */
  burstMs: number
  /** However much was spent at once, no more than this is owed, in milliseconds. */
  mostOwedMs: number
}

/** Tells whether something takes no more than its share of the time. Pure: time is passed in, in milliseconds of any clock. */
export class ShareOfTime {
  readonly #options: ShareOptions
  #owed = 0
  #since = Number.NEGATIVE_INFINITY

  constructor(options: ShareOptions) {
    this.#options = options
  }

  isLeft(now: number): boolean {
    return this.#owedAt(now) <= this.#options.burstMs
  }

  spent(ms: number, now: number): void {
    this.#owed = Math.min(this.#options.mostOwedMs, this.#owedAt(now) + ms)
    this.#since = now
  }

  #owedAt(now: number): number {
    return Math.max(0, this.#owed - (now - this.#since) * this.#options.share)
  }
}
