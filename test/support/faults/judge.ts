import type {History} from './history.js'

/** What a server said of a zone: its counter, that it has no such zone, or that the zone has no counter. */
export type Said = number | 'gone' | 'empty'

/** How it was heard: PowerDNS may answer a query from its caches, a transfer it reads from its database. */
export type Way = 'query' | 'transfer'

interface Standing {
  /** The number of the newest step that this server was seen to have taken. */
  newest: number
  /** How that was heard first, in words. */
  seen: string
  /** When it was first heard to say something older since. */
  olderSince?: number
}

/**
 * Judges what one server says of the churn's zones. What "never wrong" means here:
 *
 * - a counter that the primary cannot have had, or a zone without one, is wrong, at once;
 * - so is a zone that goes back: an older counter after a newer one, or one of before the zone's deletion after the zone was
 *   seen gone. PowerDNS itself can answer so for a moment, out of an answer that it cached while it committed; it is wrong
 *   when it lasts for longer than `stepBackMs`;
 * - steps whose call failed prove nothing about order: they may be done at any time, or never;
 * - no answer, SERVFAIL, and REFUSED where nobody deleted the zone are an outage, not a wrong answer; whether it ends in time
 *   the comparison of everything tells.
 */
export class Judge {
  readonly #server: string
  readonly #history: History
  readonly #stepBackMs: () => number
  readonly #standings = new Map<string, Standing>()
  readonly wrong: string[] = []
  answers = 0
  /** The longest time for which it said something older, in milliseconds. */
  longestBackMs = 0

  constructor(server: string, history: History, stepBackMs: () => number) {
    this.#server = server
    this.#history = history
    this.#stepBackMs = stepBackMs
  }

  /** `at` is the time at which the answer came, as `performance.now()` has it. */
  hear(zone: string, said: Said, at: number, way: Way = 'query'): void {
    this.answers++
    const standing = this.#standings.get(zone) ?? {newest: 0, seen: ''}
    this.#standings.set(zone, standing)
    const heard = heardBy(way, at)
    if (said === 'empty') this.#accuse(`${zone} without its counter, ${heard}`)
    else if (said === 'gone')
      this.#stands(zone, standing, this.#history.endFrom(zone, standing.newest), at, heard)
    else if (!this.#history.mayBe(zone, said))
      this.#accuse(`${zone} at ${said}, where it never was, ${heard}`)
    else if (this.#history.isSure(said)) this.#stands(zone, standing, said, at, heard)
  }

  #stands(zone: string, standing: Standing, number: number | undefined, at: number, heard: string): void {
    if (number === undefined) return
    if (number >= standing.newest) {
      if (number > standing.newest) standing.seen = heard
      standing.newest = number
      delete standing.olderSince
      return
    }
    standing.olderSince ??= at
    const ms = at - standing.olderSince
    this.longestBackMs = Math.max(this.longestBackMs, ms)
    if (ms > this.#stepBackMs()) {
      const newer = `${standing.newest} (${standing.seen})`
      this.#accuse(`${zone} at ${number}, ${heard}, since ${Math.round(ms)} ms, after it was at ${newer}`)
      // Said once: from here on it counts from where it is.
      standing.newest = number
      delete standing.olderSince
    }
  }

  #accuse(what: string): void {
    this.wrong.push(`${this.#server} served ${what}`)
  }
}

function heardBy(way: Way, at: number): string {
  return `${way} at ${new Date(performance.timeOrigin + at).toISOString()}`
}
