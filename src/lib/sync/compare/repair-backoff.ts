import type {ZoneName} from '../../dns/name.js'

interface Tried {
  /** What the repair was for: something else is tried at once. */
  what: string
  times: number
  /** Not to be tried again before, in the caller's milliseconds. */
  until: number
}

const FIRST_MS = 10_000
const MAX_MS = 600_000

/** Zones that a repair does not make equal are tried again later and later. Pure: time is passed in. */
export class RepairBackoff {
  readonly #tried = new Map<ZoneName, Tried>()

  /** Whether the zone may be tried now. */
  isDue(zone: ZoneName, what: string, now: number): boolean {
    const tried = this.#tried.get(zone)
    return tried?.what !== what || now >= tried.until
  }

  /** It is tried now. */
  tried(zone: ZoneName, what: string, now: number): void {
    const before = this.#tried.get(zone)
    const times = before?.what === what ? before.times + 1 : 0
    this.#tried.set(zone, {what, times, until: now + Math.min(MAX_MS, FIRST_MS * 2 ** times)})
  }

  /** Forgets zones that might have been tried again since then. */
  forgetBefore(at: number): void {
    for (const [zone, {until}] of this.#tried) if (until < at) this.#tried.delete(zone)
  }

  /** Forgets all zones but these: the others are equal. */
  keepOnly(zones: ReadonlySet<ZoneName>): void {
    for (const zone of this.#tried.keys()) if (!zones.has(zone)) this.#tried.delete(zone)
  }
}
