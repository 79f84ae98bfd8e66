import {Slots} from '../../async/slots.js'
import type {ZoneName} from '../../dns/name.js'
import type {PendingEvent} from './provider.js'

/** One zone that the store should be brought up to date with. */
export interface Repair {
  zone: ZoneName
  /** That the zone seems to be gone from the primary; it is asked before the zone is buried. */
  gone: boolean
}

export interface RepairsOptions {
  provider: {
    handle(event: PendingEvent): void
    /** Whether events came a moment ago. */
    readonly isAsked: boolean
  }
  /** How many zones the provider looks at at once; repairs take at most half of them, so that an event never waits for a bulk. */
  concurrency: number
  /** How many repairs may go on at once while events come, which shall have the machine to themselves. */
  besideEvents: number
  now(): number
  /** Aborted when no more zones should be begun. */
  signal: AbortSignal
}

/** Whether events still come. */
const LOOK_EVERY_MS = 1000

/** Work for the provider that no event asked for: it goes its way as an event, but there is nothing to acknowledge. */
export class Repairs {
  readonly #options: RepairsOptions
  readonly #workers: number
  readonly #slots: Slots

  constructor(options: RepairsOptions) {
    this.#options = options
    this.#workers = Math.max(1, Math.floor(options.concurrency / 2))
    const {provider, besideEvents} = options
    this.#slots = new Slots(this.#workers, () => (provider.isAsked ? besideEvents : this.#workers))
  }

  /** Resolves when each zone was looked at, to those for which that failed or that were not begun. */
  async run(repairs: Iterable<Repair>, source: string, signal: AbortSignal): Promise<Set<ZoneName>> {
    const failed = new Set<ZoneName>()
    const queue = repairs[Symbol.iterator]()
    const worker = async () => {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const repair = next.value
        const done = await this.#slots.hold(() => this.#look(repair, source, signal))
        if (!done) failed.add(repair.zone)
      }
    }
    const looking = setInterval(() => this.#slots.look(), LOOK_EVERY_MS)
    try {
      await Promise.all(Array.from({length: this.#workers}, worker))
    } finally {
      clearInterval(looking)
    }
    return failed
  }

  #look({zone, gone}: Repair, source: string, signal: AbortSignal): Promise<boolean> {
    const {provider, now, signal: ending} = this.#options
    if (signal.aborted || ending.aborted) return Promise.resolve(false)
    return new Promise((resolve) =>
      provider.handle({
        zone,
        verb: gone ? 'deleted' : 'refresh',
        ...{id: '', source, at: now()},
        // Older than every event: no version that this makes answers one.
        sequence: 0,
        delivery: 1,
        ack: () => resolve(true),
        retryIn: () => resolve(false),
        working: () => undefined,
      }),
    )
  }
}
