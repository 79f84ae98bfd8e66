import type {ZoneName} from '../../dns/name.js'
import type {Provision} from '../../zone/report.js'

export interface Unanswered {
  zone: ZoneName
  /** No event of the zone before this one waits for an answer. */
  sequence: number
  ms: number
}

interface Waiting {
  oldest: number
  newest: number
  since: number
  told: boolean
}

const REMEMBERED = 10_000

/** Follows every event until a zone-provider answered it. Pure: time is passed in. */
export class AnswerTracker {
  readonly #answerWithinMs: number
  readonly #waiting = new Map<ZoneName, Waiting>()
  /** The last answers: one may be heard before its event. */
  readonly #answered = new Map<ZoneName, number>()

  constructor({answerWithinMs}: {answerWithinMs: number}) {
    this.#answerWithinMs = answerWithinMs
  }

  /** Zones that were told to be late and still are. */
  get overdue(): number {
    let count = 0
    for (const {told} of this.#waiting.values()) if (told) count++
    return count
  }

  published({zone, sequence}: {zone: ZoneName; sequence: number}, now: number): void {
    if ((this.#answered.get(zone) ?? 0) >= sequence) return
    const waiting = this.#waiting.get(zone)
    if (waiting) waiting.newest = sequence
    else this.#waiting.set(zone, {oldest: sequence, newest: sequence, since: now, told: false})
  }

  /** A failure is an answer too: it is told by itself, and the provider tries again. */
  answered({zone, event}: Provision, now: number): void {
    this.#answered.delete(zone)
    this.#answered.set(zone, event)
    for (const oldest of this.#answered.keys()) {
      if (this.#answered.size <= REMEMBERED) break
      this.#answered.delete(oldest)
    }
    const waiting = this.#waiting.get(zone)
    if (!waiting || event < waiting.oldest) return
    if (event >= waiting.newest) this.#waiting.delete(zone)
    // Something was answered: what came since is not late yet, however often the zone changes.
    else this.#waiting.set(zone, {oldest: event + 1, newest: waiting.newest, since: now, told: false})
  }

  /** Zones that became late since the last call. */
  late(now: number): Unanswered[] {
    const late: Unanswered[] = []
    for (const [zone, waiting] of this.#waiting) {
      const ms = now - waiting.since
      if (waiting.told || ms < this.#answerWithinMs) continue
      waiting.told = true
      late.push({zone, sequence: waiting.oldest, ms})
    }
    return late
  }
}
