import type {ZoneName} from '../../dns/name.js'
import {RecentMap} from '../../recent-map.js'
import type {Receipt} from '../../zone/report.js'
import type {Stored} from '../../zone/version.js'

export interface ConvergenceOptions {
  /** A secondary that did not confirm a state within this time is told to look at the zone again. */
  confirmWithinMs: number
}

/** A state that a secondary did not confirm in time. */
export interface Overdue {
  secondary: string
  zone: ZoneName
  revision: number
  /** How often it was sent again before. */
  resent: number
  ms: number
}

interface Watched {
  state: Stored
  storedAt: number
  /** Secondaries that have not confirmed, with when they are next told again and how often they were. */
  missing: Map<string, {dueAt: number; resent: number}>
}

/** A proof that is heard before its state, which comes by another way, is so by milliseconds. */
const EARLY_MS = 5000

/** The distance between two resends grows to this many times the first. */
const MAX_SPACING = 16

/** Follows every new state of every zone until each active secondary confirmed it. Pure: time is passed in. */
export class ConvergenceTracker {
  readonly #options: ConvergenceOptions
  readonly #watched = new Map<ZoneName, Watched>()
  readonly #active = new Set<string>()
  /** Proofs of states that were not heard of yet, by zone and secondary. */
  readonly #early = new RecentMap<ZoneName, Map<string, number>>(EARLY_MS)

  constructor(options: ConvergenceOptions) {
    this.#options = options
  }

  /** Zones that some active secondary did not confirm yet. */
  get unconfirmed(): number {
    return this.#watched.size
  }

  /**
   * A new state came into the store. Who owes a proof of an older one is not given more time by it. Returns how many secondaries
   * were heard to have proved it already.
   */
  stored(state: Stored, now: number): number {
    if (this.#active.size === 0) return 0
    const proved = this.#early.get(state.zone, now)
    const [done, open] = split(this.#active, (secondary) => proved?.get(secondary) === state.revision)
    if (open.length > 0) this.#watch(state, open, now)
    else this.#watched.delete(state.zone)
    return done.length
  }

  #watch(state: Stored, secondaries: readonly string[], now: number): void {
    const owed = this.#watched.get(state.zone)?.missing
    const fresh = () => ({dueAt: now + this.#options.confirmWithinMs, resent: 0})
    const missing = new Map(secondaries.map((secondary) => [secondary, owed?.get(secondary) ?? fresh()]))
    this.#watched.set(state.zone, {state, storedAt: now, missing})
  }

  /** Returns the milliseconds from the store to this proof where it is the first one of that state. */
  received(receipt: Receipt, now: number): number | undefined {
    if (receipt.outcome === 'failed') return undefined
    const watched = this.#watched.get(receipt.zone)
    if (!watched || receipt.revision > watched.state.revision) this.#note(receipt, now)
    if (!watched) return undefined
    if (receipt.revision < watched.state.revision) {
      // It follows, if behind: a zone that changes all the time is no reason to send it again.
      const entry = watched.missing.get(receipt.secondary)
      if (entry) entry.dueAt = now + this.#options.confirmWithinMs
      return undefined
    }
    if (!watched.missing.delete(receipt.secondary)) return undefined
    if (watched.missing.size === 0) this.#watched.delete(receipt.zone)
    return now - watched.storedAt
  }

  #note({zone, secondary, revision}: Exclude<Receipt, {outcome: 'failed'}>, now: number): void {
    const proved = this.#early.get(zone, now) ?? new Map<string, number>()
    this.#early.set(zone, proved.set(secondary, revision), now)
  }

  /** Whether the secondary still has to prove the zone's newest state, and was not told again yet. */
  isUnderWay(secondary: string, zone: ZoneName): boolean {
    return this.#watched.get(zone)?.missing.get(secondary)?.resent === 0
  }

  /** A secondary that was away catches up by itself: only what is stored from now on is expected of it in time. */
  activate(secondary: string): void {
    this.#active.add(secondary)
  }

  /** Nobody waits for a secondary that is inactive or paused. */
  deactivate(secondary: string): void {
    if (!this.#active.delete(secondary)) return
    for (const [zone, {missing}] of this.#watched) {
      missing.delete(secondary)
      if (missing.size === 0) this.#watched.delete(zone)
    }
  }

  /**
   * What is to be sent again now, at most `limit` of it, and at most `limitOf` one secondary. Each call counts what it returns
   * as sent again.
   */
  due(now: number, limit = Number.POSITIVE_INFINITY, limitOf = (_: string) => limit): Overdue[] {
    const overdue: Overdue[] = []
    const counts = new Map<string, number>()
    for (const [zone, {state, storedAt, missing}] of this.#watched) {
      for (const [secondary, entry] of missing) {
        if (overdue.length >= limit) return overdue
        const count = counts.get(secondary) ?? 0
        if (entry.dueAt > now || count >= limitOf(secondary)) continue
        counts.set(secondary, count + 1)
        overdue.push({secondary, zone, revision: state.revision, resent: entry.resent, ms: now - storedAt})
        entry.dueAt = now + this.#options.confirmWithinMs * Math.min(MAX_SPACING, 2 ** entry.resent)
        entry.resent++
      }
    }
    return overdue
  }
}

function split<T>(all: Iterable<T>, holds: (one: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []]
  for (const one of all) (holds(one) ? yes : no).push(one)
  return [yes, no]
}
