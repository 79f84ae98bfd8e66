import type {Happening} from '../../zone/happening.js'
import {ChangesInFlight} from './changes.js'
import type {ConvergenceHealth} from './health.js'
import {type Percentiles, SlidingPercentiles} from './sliding-percentiles.js'

/** How far back is looked, in milliseconds. */
export const RECENT_MS = 300_000
const PARTS = 120

/** What changed within the last minutes, and how quickly it was served. Pure: time comes with what happens. */
export class RecentChanges {
  readonly changes: ChangesInFlight
  readonly #durations = new SlidingPercentiles({windowMs: RECENT_MS, parts: PARTS})

  constructor() {
    this.changes = new ChangesInFlight((time, ms) => this.#durations.add(time, Math.max(0, ms)))
  }

  take(happening: Happening): void {
    this.changes.take(happening)
  }

  /** @param now milliseconds since 1970 by the broker's clock, as everywhere here */
  health(now: number): ConvergenceHealth {
    const found = this.#durations.summary(now)
    const common = {seconds: RECENT_MS / 1000, proofs: found?.count ?? 0}
    return found ? {...common, p50Ms: round(found.p50), p99Ms: round(found.p99)} : common
  }

  series(now: number): Array<Percentiles | undefined> {
    return this.#durations.series(now)
  }
}

function round(ms: number): number {
  return Number(ms.toPrecision(3))
}
