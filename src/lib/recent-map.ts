/** What was last noted of each key; what is older than `ageMs` is forgotten when something is noted, or counted. Time is passed in. */
export class RecentMap<K, V> {
  readonly #ageMs: number
  /** The oldest first. */
  readonly #entries = new Map<K, {at: number; value: V}>()

  constructor(ageMs: number) {
    this.#ageMs = ageMs
  }

  set(key: K, value: V, now: number): void {
    // Behind all others, though it was there before.
    this.#entries.delete(key)
    this.#entries.set(key, {at: now, value})
    this.#forget(now)
  }

  /** Undefined where nothing was noted, or too long ago. */
  get(key: K, now: number): V | undefined {
    const entry = this.#entries.get(key)
    return entry && this.#isRecent(entry.at, now) ? entry.value : undefined
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  /** How many are left at that time. */
  size(now: number): number {
    this.#forget(now)
    return this.#entries.size
  }

  #forget(now: number): void {
    for (const [oldest, {at}] of this.#entries) {
      if (this.#isRecent(at, now)) return
      this.#entries.delete(oldest)
    }
  }

  /** A clock that was set back must not keep anything for ever. */
  #isRecent(at: number, now: number): boolean {
    return Math.abs(now - at) < this.#ageMs
  }
}
