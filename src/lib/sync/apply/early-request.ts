import type {ZoneName} from '../../dns/name.js'
import type {SecondaryApi} from '../secondary.js'
import type {SnapshotShelf} from './shelf.js'

/** What became of an early request: the version came in time, or did not. */
export type EarlyOutcome = 'met' | 'in-vain'

export interface EarlyRequestOptions {
  api: Pick<SecondaryApi, 'retrieve'>
  shelf: Pick<SnapshotShelf, 'expect'>
  onEarly?(outcome: EarlyOutcome, zone: ZoneName): void
}

/** A transfer that waits for its version holds one of PowerDNS's two retrieval threads: not for longer than this. */
const HOLD_MS = 100

interface Early {
  zone: ZoneName
  accepted: Promise<boolean>
  end(outcome: EarlyOutcome): void
}

/**
 * Asks PowerDNS for the transfer of a version that is on its way here. PowerDNS takes about as long to come for it as the version
 * takes to arrive; its transfer waits for the rest of the time. One zone at a time: with many there is no time to be won.
 */
export class EarlyRequest {
  readonly #options: EarlyRequestOptions
  #early: Early | undefined

  constructor(options: EarlyRequestOptions) {
    this.#options = options
  }

  /** A new version of the zone is being made. */
  begin(zone: ZoneName, signal: AbortSignal): void {
    const {api, shelf, onEarly} = this.#options
    if (this.#early) return
    const release = shelf.expect(zone)
    if (!release) return
    const end = (outcome: EarlyOutcome) => {
      clearTimeout(timer)
      this.#early = undefined
      release()
      onEarly?.(outcome, zone)
    }
    const timer = setTimeout(end, HOLD_MS, 'in-vain')
    // Whoever asks in earnest afterwards is told why PowerDNS cannot be asked.
    const accepted = api.retrieve(zone, signal).catch(() => false)
    this.#early = {zone, accepted, end}
  }

  /**
   * The zone's version is here. Resolves with true where PowerDNS was asked for its transfer already; undefined where it was not.
   */
  take(zone: ZoneName): Promise<boolean> | undefined {
    if (this.#early?.zone !== zone) return undefined
    const {accepted, end} = this.#early
    end('met')
    return accepted
  }

  /** Lets go of a transfer that waits. */
  close(): void {
    this.#early?.end('in-vain')
  }
}
