import type {ZoneName} from '../../dns/name.js'

/** Since when each zone has had a newer state than the one that is served. Pure: time is passed in, in milliseconds. */
export class Lateness {
  readonly #since = new Map<ZoneName, number>()

  /** Zones whose newest state is not served yet. */
  get zones(): ReadonlySet<ZoneName> {
    return new Set(this.#since.keys())
  }

  get size(): number {
    return this.#since.size
  }

  /** A state of the zone came. */
  came(zone: ZoneName, now: number): void {
    if (!this.#since.has(zone)) this.#since.set(zone, now)
  }

  /** A state of the zone is served; `newer` is when the next one came that is not. */
  served(zone: ZoneName, newer: number | undefined): void {
    if (newer === undefined) this.#since.delete(zone)
    else this.#since.set(zone, newer)
  }

  since(zone: ZoneName): number | undefined {
    return this.#since.get(zone)
  }

  /** For how long the zone that is late longest has been so. */
  longest(now: number): number {
    let oldest = now
    for (const since of this.#since.values()) oldest = Math.min(oldest, since)
    return now - oldest
  }
}
