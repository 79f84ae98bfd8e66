import {sleep} from '../../async/abort.js'
import {Bell} from '../../async/bell.js'
import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import {REFUSED} from '../../zone/event.js'
import type {Receipt} from '../../zone/report.js'
import {RepairBackoff} from '../compare/repair-backoff.js'
import type {Repairs} from './repairs.js'
import type {Signer} from './signer.js'

export interface RefusalsOptions {
  signer: Pick<Signer, 'outdo'>
  repairs: Pick<Repairs, 'run'>
  /** Whether the store has anything of the zone, as far as is known. */
  isKnown(zone: ZoneName): boolean
  log: Logger
  /** Milliseconds since 1970. */
  now(): number
}

/** What another look can mend. A key that is unknown there is found in the store, or is a mistake in a configuration. */
const CODES: ReadonlySet<string> = new Set([
  'PDIST_UNSIGNED',
  'PDIST_FORGED',
  'PDIST_REPLAYED',
  'PDIST_CORRUPT_SNAPSHOT',
  'PDIST_MISSING_SNAPSHOT',
])
const MAX_WAITING = 10_000
const AT_ONCE = 50
const LOOK_EVERY_MS = 1000
/** Anybody who may send receipts can make names up, and each that the primary does not have becomes a tombstone. */
const UNKNOWN_PER_HOUR = 1000
const HOUR_MS = 3_600_000

/**
 * What secondaries refused because it is not what a zone-provider signed, or not whole: the zone is looked at, and what the
 * primary has is stored and signed anew where the store has something else. A receipt proves nothing, so it causes no more than that, and of one zone less and less often.
 */
export class Refusals {
  readonly #options: RefusalsOptions
  readonly #waiting = new Set<ZoneName>()
  readonly #backoff = new RepairBackoff()
  readonly #bell = new Bell()
  #unknown = {since: 0, count: 0}

  constructor(options: RefusalsOptions) {
    this.#options = options
  }

  heard(receipt: Receipt): void {
    if (receipt.outcome !== 'failed' || !CODES.has(receipt.error.code)) return
    const {zone, sequence} = receipt
    if (sequence !== undefined) this.#options.signer.outdo(zone, sequence)
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(zone)) return
    this.#waiting.add(zone)
    this.#bell.ring()
  }

  /** Resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#bell.wait(this.#waiting.size > 0 ? LOOK_EVERY_MS : HOUR_MS, signal)
      for (let due = this.#take(); due.length > 0 && !signal.aborted; due = this.#take()) {
        const began = performance.now()
        this.#options.log.info({event: 'zones.refused', zones: due}, 'secondaries refused what the store has')
        await this.#options.repairs.run(
          due.map((zone) => ({zone, gone: false})),
          REFUSED,
          signal,
        )
        // As long again for everybody else.
        await sleep(performance.now() - began, signal).catch(() => undefined)
      }
    }
  }

  #take(): ZoneName[] {
    const now = this.#options.now()
    const due: ZoneName[] = []
    for (const zone of this.#waiting) {
      if (due.length === AT_ONCE) break
      if (!this.#backoff.isDue(zone, REFUSED, now)) continue
      this.#waiting.delete(zone)
      if (!this.#options.isKnown(zone) && !this.#mayBeUnknown(now)) continue
      this.#backoff.tried(zone, REFUSED, now)
      due.push(zone)
    }
    this.#backoff.forgetBefore(now - HOUR_MS)
    return due
  }

  #mayBeUnknown(now: number): boolean {
    if (now - this.#unknown.since > HOUR_MS) this.#unknown = {since: now, count: 0}
    return ++this.#unknown.count <= UNKNOWN_PER_HOUR
  }
}
