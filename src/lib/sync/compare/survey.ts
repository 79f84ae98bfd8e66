import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import {formatFingerprint} from '../../zone/fingerprint.js'
import {type LocalZones, ourSerials, type SecondaryApi, type ServedState} from '../secondary.js'
import {lookAtServed} from '../verify.js'
import type {ServedBook} from './served-book.js'

export type Deviation =
  | 'gone here'
  | 'other serial here'
  | 'other signatures or keys here'
  | 'not served'
  | 'other records here'

export interface SurveyOptions {
  api: Pick<SecondaryApi, 'flush'> & LocalZones
  served: ServedState
  book: ServedBook
  masters: readonly string[]
  contents: Contents
  log: Logger
  /** Milliseconds, of the clock by which the book is kept. */
  now(): number
  /** Whether nothing is under way for the zone, and nothing waits. */
  isSettled(zone: ZoneName): boolean
  /** Brings the zone to the store's state, whatever it seems to be. */
  repair(zone: ZoneName): void
  /** Told of each of our zones that is listed but was not proved yet. */
  onFound?(zone: ZoneName): void
  onDeviation?(because: Deviation): void
}

/** Digests of a zone's records in any order, by which a copy is told from its original. */
export interface Contents {
  /** Of the newest version in the store; undefined where there is none. */
  stored(zone: ZoneName, signal: AbortSignal): Promise<{revision: number; digest: string} | undefined>
  /** As the local PowerDNS transfers it. */
  served(zone: ZoneName, signal: AbortSignal): Promise<string>
}

/**
 * Looks again and again whether the local PowerDNS still has what was proved: somebody may have edited or deleted a zone
 * behind our back, or lost the database. What deviates is repaired at once, without waiting for anybody to compare.
 */
export class Survey {
  readonly #options: SurveyOptions
  #zones: readonly ZoneName[] = []
  readonly #unseen = new Set<ZoneName>()
  #listed = false
  /** Versions that were transferred again because their records differed, and whether it was said that they still do. */
  readonly #differing = new Map<ZoneName, {revision: number; said: boolean}>()

  constructor(options: SurveyOptions) {
    this.#options = options
  }

  /** Our zones, as of the last listing. */
  get zones(): readonly ZoneName[] {
    return this.#zones
  }

  /** Zones that were listed, but not looked at yet. */
  get unseen(): ReadonlySet<ZoneName> {
    return this.#unseen
  }

  /** True once every zone has been looked at: from then on the book tells all. */
  get isComplete(): boolean {
    return this.#listed && this.#unseen.size === 0
  }

  /** Compares the book with the API's list: one cheap call for all zones. */
  async list(signal: AbortSignal): Promise<void> {
    const {api, book, masters, now, onFound} = this.#options
    const began = now()
    const here = await ourSerials(api, masters, signal)
    for (const zone of [...book.zones]) {
      if (!here.has(zone) && this.#isUntouched(zone, began)) await this.#deviates(zone, 'gone here', signal)
    }
    for (const [zone, serial] of here) {
      const known = book.get(zone)
      if (!known) {
        this.#unseen.add(zone)
        if (this.#isUntouched(zone, began)) onFound?.(zone)
      } else if (known.serial !== serial && this.#isUntouched(zone, began))
        await this.#deviates(zone, 'other serial here', signal)
    }
    for (const zone of this.#unseen) if (!here.has(zone)) this.#unseen.delete(zone)
    this.#zones = [...here.keys()]
    this.#listed = true
  }

  /** Asks by DNS what is served of a zone: also signatures and keys, which no list shows. */
  async look(zone: ZoneName, signal: AbortSignal): Promise<void> {
    const {book, served, now} = this.#options
    const began = now()
    const found = await lookAtServed(served, zone, signal)
    this.#unseen.delete(zone)
    if (!this.#isUntouched(zone, began)) return
    const known = book.get(zone)
    if (!found) {
      if (known) await this.#deviates(zone, 'not served', signal)
      return
    }
    // What is noted is what is so, until the repair is proved.
    book.serves(zone, found, now())
    if (known && known.fingerprint !== formatFingerprint(found))
      await this.#deviates(zone, 'other signatures or keys here', signal)
  }

  /** Transfers the zone from the local PowerDNS and compares all records with the store's. */
  async verify(zone: ZoneName, signal: AbortSignal): Promise<void> {
    const {contents, now, log} = this.#options
    const began = now()
    if (!this.#isUntouched(zone, began)) return
    const stored = await contents.stored(zone, signal)
    if (!stored) return
    const digest = await contents.served(zone, signal)
    if (digest === stored.digest) {
      this.#differing.delete(zone)
      return
    }
    if (!this.#isUntouched(zone, began)) return
    if ((await contents.stored(zone, signal))?.revision !== stored.revision) return
    const {revision} = stored
    const before = this.#differing.get(zone)
    if (before?.revision !== revision) {
      this.#differing.set(zone, {revision, said: false})
      await this.#deviates(zone, 'other records here', signal)
    } else if (!before.said) {
      // PowerDNS leaves some records out of the transfers that it gives. Once said is enough.
      before.said = true
      const words = 'has other records than the store after a new transfer, too'
      log.warn({event: 'zone.copy_differs', zone}, words)
    }
  }

  #isUntouched(zone: ZoneName, since: number): boolean {
    const {book, isSettled} = this.#options
    return isSettled(zone) && !book.isNewerThan(zone, since)
  }

  async #deviates(zone: ZoneName, because: Deviation, signal: AbortSignal): Promise<void> {
    const {api, book, log, now, repair, onDeviation} = this.#options
    log.warn({event: 'zone.deviates', zone, because}, 'is not what was proved, will be put right')
    onDeviation?.(because)
    // The caches may still tell of what was.
    await api.flush(zone, signal)
    if (because === 'gone here' || because === 'not served') book.gone(zone, now())
    repair(zone)
  }
}
