import {reportOf} from '../../errors.js'
import {NEEDED, type Needed, type Outage} from '../../zone/outage.js'

export interface OutagesOptions {
  /** Milliseconds since 1970. */
  now(): number
  onBegin(outage: Outage): void
  /** `after`: milliseconds. */
  onEnd(of: Needed, after: number): void
}

/** What a secondary's PowerDNS fails to give at this moment. */
export class Outages {
  readonly #options: OutagesOptions
  readonly #now = new Map<Needed, Outage>()

  constructor(options: OutagesOptions) {
    this.#options = options
  }

  /** Those without which nothing else is to be expected first. */
  get all(): Outage[] {
    const outages = NEEDED.flatMap((of) => this.#now.get(of) ?? [])
    const isSilent = outages.some(({of}) => of !== 'survey')
    return isSilent ? outages.filter(({of}) => of !== 'survey') : outages
  }

  has(of: Needed): boolean {
    return this.#now.has(of)
  }

  failed(of: Needed, error: unknown): void {
    const {now, onBegin} = this.#options
    const before = this.#now.get(of)
    const outage = {of, since: before?.since ?? now(), ...reportOf(error)}
    this.#now.set(of, outage)
    if (!before) onBegin(outage)
  }

  works(of: Needed): void {
    const {now, onEnd} = this.#options
    const before = this.#now.get(of)
    if (!before) return
    this.#now.delete(of)
    onEnd(of, now() - before.since)
  }
}
