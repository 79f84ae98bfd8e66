import type {ZoneName} from '../../dns/name.js'

const FIRST_GAP_MS = 10
const MAX_GAP_MS = 200
/** Without a receipt for this long, whoever might have sent one is away: waiting for it helps nobody. */
const FORGET_MS = 1000
/** How many times as long as it took a large zone rests, and the most. */
const REST = 2
const MAX_REST_MS = 1000

interface Pace {
  revision: number
  storedAt: number
  gapMs: number
  /** Whether an event came before any secondary had confirmed the last version. */
  crowded: boolean
}

/**
 * Says how long a zone's next transfer should wait. A lone change never waits; a zone that changes faster than its secondaries
 * confirm is transferred less and less often, down to five times a second, since nobody could have served the versions between. And
 * a large zone that changes all the time leaves the primary to others for two thirds of the time, where others change as well.
 */
export class Pacer {
  readonly #paces = new Map<ZoneName, Pace>()
  /** Until when large zones rest. */
  readonly #rests = new Map<ZoneName, number>()

  /** An event for the zone came; returns the milliseconds to wait before its transfer. */
  delay(zone: ZoneName, now: number, {alone = false} = {}): number {
    return Math.max(this.#gap(zone, now), alone ? 0 : this.#rest(zone, now))
  }

  #rest(zone: ZoneName, now: number): number {
    // However far the clock was set back.
    const rest = Math.min(MAX_REST_MS, Math.max(0, (this.#rests.get(zone) ?? 0) - now))
    if (rest === 0) this.#rests.delete(zone)
    return rest
  }

  #gap(zone: ZoneName, now: number): number {
    const pace = this.#paces.get(zone)
    if (!pace) return 0
    if (now - pace.storedAt > FORGET_MS) {
      this.#paces.delete(zone)
      return 0
    }
    if (!pace.crowded) {
      pace.crowded = true
      pace.gapMs = Math.min(MAX_GAP_MS, Math.max(FIRST_GAP_MS, pace.gapMs * 2))
    }
    return Math.max(0, pace.storedAt + pace.gapMs - now)
  }

  /** It took so many milliseconds to transfer a large zone, and to store it. */
  took(zone: ZoneName, ms: number, now: number): void {
    this.#rests.set(zone, now + Math.min(MAX_REST_MS, REST * ms))
  }

  /** A version was stored, as this revision. */
  stored(zone: ZoneName, revision: number, now: number): void {
    const gapMs = this.#paces.get(zone)?.gapMs ?? 0
    this.#paces.set(zone, {revision, storedAt: now, gapMs, crowded: false})
    if (this.#paces.size > 10_000) this.#prune(now)
  }

  /** A secondary confirmed a version of the zone; only the last one counts. */
  confirmed(zone: ZoneName, revision: number): void {
    const pace = this.#paces.get(zone)
    if (pace && !pace.crowded && revision >= pace.revision) this.#paces.delete(zone)
  }

  #prune(now: number): void {
    for (const [zone, {storedAt}] of this.#paces) {
      if (now - storedAt > FORGET_MS) this.#paces.delete(zone)
    }
    for (const zone of this.#rests.keys()) this.#rest(zone, now)
  }
}
