import type {ZoneName} from '../../dns/name.js'

/** The newest state of a zone that was taken. */
export interface AcceptedEntry {
  sequence: number
  /** It said that there is no such zone. */
  gone: boolean
}

/** Deleted zones that are remembered one by one. */
const MAX_GONE = 100_000

/**
 * Which signed state of each zone was taken last, so that no older one is taken again, also of a zone that was deleted since. Of
 * the deleted zones that are too many, those that went first are forgotten, and the floor is raised: what is not known at all
 * must be above it.
 */
export class Accepted {
  /** Milliseconds since 1970 by our clock from which on nothing is forgotten. */
  readonly since: number
  readonly #entries = new Map<ZoneName, AcceptedEntry>()
  readonly #maxGone: number
  #gone = 0
  #floor: number

  constructor({since, floor = 0, maxGone = MAX_GONE}: {since: number; floor?: number; maxGone?: number}) {
    this.since = since
    this.#floor = floor
    this.#maxGone = maxGone
  }

  /** A state of a zone that is not known here must have a larger sequence. */
  get floor(): number {
    return this.#floor
  }

  get size(): number {
    return this.#entries.size
  }

  sequenceOf(zone: ZoneName): number | undefined {
    return this.#entries.get(zone)?.sequence
  }

  [Symbol.iterator](): IterableIterator<[ZoneName, AcceptedEntry]> {
    return this.#entries.entries()
  }

  /** False where that is known, or something newer. */
  note(zone: ZoneName, entry: AcceptedEntry): boolean {
    const before = this.#entries.get(zone)
    if (before && before.sequence >= entry.sequence) return false
    this.#entries.set(zone, entry)
    this.#gone += Number(entry.gone) - Number(before?.gone ?? false)
    if (this.#gone > this.#maxGone) this.#forgetHalf()
    return true
  }

  raiseFloor(sequence: number): void {
    this.#floor = Math.max(this.#floor, sequence)
  }

  #forgetHalf(): void {
    const gone = [...this.#entries].filter(([, entry]) => entry.gone)
    gone.sort(([, a], [, b]) => a.sequence - b.sequence)
    for (const [zone, {sequence}] of gone.slice(0, Math.ceil(gone.length / 2))) {
      this.#entries.delete(zone)
      this.raiseFloor(sequence)
    }
    this.#gone = gone.length - Math.ceil(gone.length / 2)
  }
}
