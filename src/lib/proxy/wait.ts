import type {ZoneName} from '../dns/name.js'
import type {WaitRequest} from './wait-request.js'

/** How far the proofs of a change are. */
export interface Standing {
  /** Secondaries that have proved that they serve it. */
  proved: number
  /** Secondaries that are active. */
  active: number
  /** Why there is nothing more to wait for; absent while there is. */
  over?: 'served' | 'held' | 'unknown' | 'too-few'
  /** Something failed that may still heal. */
  failing: boolean
}

/** Where proofs are heard. */
export interface ProofSource {
  /** Somebody is going to wait: what `follow` needs is made ready meanwhile. */
  prepare(): void
  /**
   * Hears the proofs of what happens in this zone from now on, and tells how they stand whenever that changes. Nothing is heard
   * that comes before the source was told which event it is about.
   */
  follow(zone: ZoneName, waitFor: WaitRequest['waitFor'], on: (standing: Standing) => void): FollowedProofs
}

export interface FollowedProofs {
  /** The change is in the stream of events, under this sequence. */
  published(event: number): void
  stop(): void
}

/** Why an answer goes out. `gone`: the client did. */
export type WaitEnd = NonNullable<Standing['over']> | 'failed' | 'timeout' | 'busy' | 'stopping' | 'gone'

export interface WaitOutcome extends Pick<Standing, 'proved' | 'active'> {
  ended: WaitEnd
  /** Milliseconds from PowerDNS's answer on. */
  ms: number
}

/** The value of the header `Pdist-Served`: `2/2; ms=14`, `1/2; timeout`. */
export function formatOutcome({proved, active, ended, ms}: WaitOutcome): string {
  return `${proved}/${active}; ${ended === 'served' ? `ms=${Math.round(ms)}` : ended}`
}

/** One answer that is held back until its change is proved, or the time is over. */
export class Wait {
  /** Never rejects. */
  readonly over: Promise<WaitOutcome>
  readonly #startedAt = performance.now()
  readonly #end: (outcome: WaitOutcome) => void
  #standing: Standing = {proved: 0, active: 0, failing: false}
  #proofs: FollowedProofs | undefined
  #timer: NodeJS.Timeout | undefined
  #endsAt = Number.POSITIVE_INFINITY

  constructor() {
    const {promise, resolve} = Promise.withResolvers<WaitOutcome>()
    this.over = promise
    this.#end = resolve
  }

  begin(source: ProofSource, zone: ZoneName, {waitFor, timeoutMs}: WaitRequest): void {
    this.atMost(timeoutMs)
    this.#proofs = source.follow(zone, waitFor, (standing) => this.#changed(standing))
    // It may have been over at once.
    if (this.#standing.over) this.#proofs.stop()
  }

  /** The change is published, sooner or later; undefined where there was none. */
  async covers(publication: Promise<number | undefined>): Promise<void> {
    const event = await publication
    if (event !== undefined) this.#proofs?.published(event)
  }

  /** Ends within `ms` milliseconds from now, if it does not end sooner anyhow. */
  atMost(ms: number): void {
    const endsAt = performance.now() + ms
    if (endsAt >= this.#endsAt) return
    this.#endsAt = endsAt
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(this.#standing.failing ? 'failed' : 'timeout'), ms)
  }

  end(why: WaitEnd): void {
    clearTimeout(this.#timer)
    this.#endsAt = Number.NEGATIVE_INFINITY
    this.#proofs?.stop()
    const {proved, active} = this.#standing
    this.#end({proved, active, ended: why, ms: performance.now() - this.#startedAt})
  }

  #changed(standing: Standing): void {
    this.#standing = standing
    if (standing.over) this.end(standing.over)
  }
}
