/** How long PowerDNS may take to look at all of its zones while it is not known how long it takes. */
const MOST_MS = 300_000
/** So many times what it took last, beyond the patience of any other call. */
const FACTOR = 10

/**
 * How long to wait until a listing of all zones begins. Where there are many it takes minutes; where there are few, one that hangs would
 * hide for as long whatever the next ones show.
 */
export class ListPatience {
  readonly #callMs: number
  #ms = MOST_MS

  /** @param callMs milliseconds that any other call may take */
  constructor(callMs: number) {
    this.#callMs = callMs
  }

  get ms(): number {
    return this.#ms
  }

  /** A listing began so many milliseconds after it was asked for. */
  took(ms: number): void {
    this.#ms = Math.min(MOST_MS, this.#callMs + FACTOR * ms)
  }

  /** PowerDNS may have become slower for good. */
  failed(): void {
    this.#ms = Math.min(MOST_MS, 2 * this.#ms)
  }
}
