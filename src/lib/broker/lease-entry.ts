/** Who holds a lease. */
export interface LeaseHolder {
  /** Of whoever may take the lease over from an earlier life of its own. */
  id: string
  /** Of this one process. */
  session: string
  host: string
  pid: number
}

/** What the store has of a lease at one moment. */
export interface LeaseEntry {
  state: 'absent' | 'given back' | 'held'
  /** What a write in its place has to expect; 0 where there is nothing. */
  revision: number
  /** Tells this entry from every other, also from those of a store that was made anew and counts from 1 again. */
  stamp: string
  /** Undefined where nobody holds it, and where it cannot be read. */
  holder?: LeaseHolder
}

/**
 * Tells whether another's lease is over: its entry has not moved for as long as a lease is good for. That is measured by the
 * monotonic clock of whoever wants it, so that no two clocks need agree. Pure: time is passed in, in milliseconds.
 */
export class RivalWatch {
  readonly #ttlMs: number
  #seen: {stamp: string | undefined; since: number} | undefined

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs
  }

  /** Takes in what was seen just now. */
  isOver({state, stamp}: LeaseEntry, now: number): boolean {
    if (state === 'given back') return true
    // A holder whom we saw and whose entry is gone may not know yet that the store was wiped.
    if (!this.#seen && state === 'absent') return true
    if (this.#seen?.stamp !== stamp) this.#seen = {stamp, since: now}
    return now - this.#seen.since >= this.#ttlMs
  }

  /** The broker was away: nobody could renew a lease, so the time does not count. */
  interrupted(): void {
    if (this.#seen) this.#seen = {stamp: undefined, since: Number.POSITIVE_INFINITY}
  }

  /** There is no rival (any more). */
  forget(): void {
    this.#seen = undefined
  }
}
