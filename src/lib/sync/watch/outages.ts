import {reportOf} from '../../errors.js'
import {isPowerDnsSilent, NEEDED, type Needed, type Outage} from '../../zone/outage.js'

export interface OutagesOptions {
  /** Milliseconds since 1970. */
  now(): number
  onBegin(outage: Outage): void
  /** `after`: milliseconds. */
  onEnd(of: Needed, after: number): void
}

/** So often in a row one fails before it counts: a machine that is busy for a moment, or a lost datagram, is no outage. */
const COUNTS_FROM: Readonly<Record<Needed, number>> = {DNS: 2, API: 2, survey: 1}

/** What a secondary's PowerDNS fails to give at this moment. */
export class Outages {
  readonly #options: OutagesOptions
  readonly #failing = new Map<Needed, {outage: Outage; times: number}>()

  constructor(options: OutagesOptions) {
    this.#options = options
  }

  /** Those without which nothing else is to be expected first. */
  get all(): Outage[] {
    const outages = NEEDED.flatMap((of) => (this.has(of) ? (this.#failing.get(of)?.outage ?? []) : []))
    return isPowerDnsSilent(outages) ? outages.filter(({of}) => of !== 'survey') : outages
  }

  has(of: Needed): boolean {
    return (this.#failing.get(of)?.times ?? 0) >= COUNTS_FROM[of]
  }

  /** Whether it failed last, be it for the first time. */
  isDoubtful(of: Needed): boolean {
    return this.#failing.has(of)
  }

  failed(of: Needed, error: unknown): void {
    const {now, onBegin} = this.#options
    const before = this.#failing.get(of)
    const outage = {of, since: before?.outage.since ?? now(), ...reportOf(error)}
    const times = (before?.times ?? 0) + 1
    this.#failing.set(of, {outage, times})
    if (times === COUNTS_FROM[of]) onBegin(outage)
  }

  works(of: Needed): void {
    const {now, onEnd} = this.#options
    const before = this.#failing.get(of)
    const counted = this.has(of)
    this.#failing.delete(of)
    if (before && counted) onEnd(of, now() - before.outage.since)
  }
}
