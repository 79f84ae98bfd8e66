import type {ZoneName} from '../../dns/name.js'
import {type SoaAnswer, soaAnswerOf} from '../../dns/soa.js'
import type {Stored, Version} from '../../zone/version.js'
import {SoaAnswers} from './soa-answers.js'
import {TransferWatch} from './transfer-watch.js'

/** A version with its messages in memory. */
export interface Snapshot {
  version: Stored<Version>
  messages: readonly Uint8Array[]
}

export interface ShelfOptions {
  /** Snapshots that nobody works with are kept up to this many bytes. */
  maxBytes: number
  /** The newest snapshot of a zone from the store, or undefined where there is none. */
  load(zone: ZoneName, signal: AbortSignal): Promise<Snapshot | undefined>
  /** Somebody asked for the transfer of a zone that was not at hand; by now it is. */
  onWanted(zone: ZoneName): void
  onLoadFailed(zone: ZoneName, error: unknown): void
  signal: AbortSignal
}

/** What is remembered of a version that was handed out: there may be one for each zone. */
export type HandedOut = Pick<Version, 'content' | 'fingerprint' | 'records'> & {
  /** How often in a row. */
  times: number
}

interface Place {
  snapshot: Snapshot
  pins: number
  bytes: number
}

interface Load {
  result: Promise<Snapshot | undefined>
  /** The zone was pinned or removed since: that is newer than what comes. */
  overtaken: boolean
}

/** A snapshot that is being applied. */
export interface Pinned {
  watch: TransferWatch
  release(): void
}

/** What the transfer server gets for a zone. */
type Handed = {messages: readonly Uint8Array[]; tag: unknown} | 'unknown' | 'not-at-hand'

/** SOA answers are small: they stay when their snapshot goes. */
const MAX_SOA_ANSWERS = 200_000
const MAX_LOADS = 8

/**
 * What the syncer's transfer server hands out: the snapshots that are being applied, the last used ones, and the SOA of
 * every zone. A snapshot that is not at hand is fetched in the background; meanwhile the transfer is refused at once, so that
 * PowerDNS's few retrieval threads never wait for us.
 */
export class SnapshotShelf {
  readonly #options: ShelfOptions
  /** In the order of their last use. */
  readonly #places = new Map<ZoneName, Place>()
  /** What the last transfer of each zone was of, unless it is over, and when it began, by the monotonic clock. */
  readonly #handedOut = new Map<ZoneName, HandedOut & {at: number}>()
  readonly #soaAnswers = new SoaAnswers(MAX_SOA_ANSWERS)
  readonly #loading = new Map<ZoneName, Load>()
  readonly #watches = new Map<number, TransferWatch>()
  /** Zones whose transfers wait for the next snapshot. */
  readonly #expected = new Map<ZoneName, PromiseWithResolvers<void>>()
  #bytes = 0

  constructor(options: ShelfOptions) {
    this.#options = options
  }

  /**
   * From now on transfers of the zone get this snapshot; it stays, and its transfers are watched, until it is released.
   * Throws MalformedMessageError where the messages do not hold the SOA that the version announces.
   */
  pin(snapshot: Snapshot): Pinned {
    const {revision, zone} = snapshot.version
    const place = this.#put(snapshot, 1)
    this.#overtake(zone)
    this.#release(zone)
    const watch = new TransferWatch()
    this.#watches.set(revision, watch)
    const release = () => {
      place.pins--
      this.#watches.delete(revision)
      this.#evict()
    }
    return {watch, release}
  }

  /**
   * Transfers of the zone wait for its next snapshot from now on, or until what is returned is called: then they get the present
   * one. Undefined where there is none at hand.
   */
  expect(zone: ZoneName): (() => void) | undefined {
    if (!this.#places.has(zone) || this.#expected.has(zone)) return undefined
    const expected = Promise.withResolvers<void>()
    this.#expected.set(zone, expected)
    return () => {
      if (this.#expected.get(zone) === expected) this.#release(zone)
    }
  }

  remove(zone: ZoneName): void {
    this.#release(zone)
    this.#take(zone)
    this.#soaAnswers.delete(zone)
    this.#overtake(zone)
  }

  /** The zone's newest snapshot that is at hand. */
  snapshot(zone: ZoneName): Snapshot | undefined {
    return this.#places.get(zone)?.snapshot
  }

  /**
   * A transfer of these contents was proved to be committed. PowerDNS transfers a zone once at a time, so what was handed out once
   * is over; of what was handed out twice, the second may still be on its way.
   */
  committed({zone, content}: Pick<Version, 'zone' | 'content'>): void {
    const last = this.#handedOut.get(zone)
    if (last?.content === content && last.times === 1) this.#handedOut.delete(zone)
  }

  /**
   * The version of which the zone's last transfer was, and how many milliseconds ago it began, if it was by this process and is not
   * known to be over.
   */
  handedOut(zone: ZoneName): {version: HandedOut; ageMs: number} | undefined {
    const last = this.#handedOut.get(zone)
    return last && {version: last, ageMs: performance.now() - last.at}
  }

  /** For the transfer server. */
  async soa(zone: ZoneName, _signal: AbortSignal): Promise<SoaAnswer | 'unknown' | 'not-at-hand'> {
    const known = this.#soaAnswers.get(zone)
    if (known) return known
    if (!this.#loading.has(zone) && this.#loading.size >= MAX_LOADS) return 'not-at-hand'
    const loaded = await this.#load(zone)
    return loaded ? (this.#soaAnswers.get(zone) ?? 'not-at-hand') : 'unknown'
  }

  /** The same without a look into the store. */
  knownSoa(zone: ZoneName): SoaAnswer | undefined {
    return this.#soaAnswers.get(zone)
  }

  /** For the transfer server: the snapshot if it is at hand right now or expected, its revision as the tag. */
  transfer(zone: ZoneName): Handed | Promise<Handed> {
    const expected = this.#expected.get(zone)
    return expected ? expected.promise.then(() => this.#hand(zone)) : this.#hand(zone)
  }

  /** For the transfer server. */
  started(_zone: ZoneName, tag: unknown): void {
    this.#watches.get(tag as number)?.reached('started')
  }

  /** For the transfer server. */
  sent(_zone: ZoneName, tag: unknown): void {
    this.#watches.get(tag as number)?.reached('sent')
  }

  #hand(zone: ZoneName): Handed {
    const place = this.#take(zone)
    if (place) {
      this.#give(zone, place)
      const {version, messages} = place.snapshot
      const {content, fingerprint, records, revision} = version
      const last = this.#handedOut.get(zone)
      const times = last?.content === content ? last.times + 1 : 1
      this.#handedOut.set(zone, {content, fingerprint, records, times, at: performance.now()})
      return {messages, tag: revision}
    }
    if (this.#loading.size < MAX_LOADS) void this.#fetchWanted(zone)
    return 'not-at-hand'
  }

  async #fetchWanted(zone: ZoneName): Promise<void> {
    try {
      if (await this.#load(zone)) this.#options.onWanted(zone)
    } catch (error) {
      this.#options.onLoadFailed(zone, error)
    }
  }

  #load(zone: ZoneName): Promise<Snapshot | undefined> {
    const underWay = this.#loading.get(zone)
    if (underWay) return underWay.result
    const {load, signal} = this.#options
    const result = load(zone, signal)
      .then((snapshot) => {
        if (snapshot && !this.#loading.get(zone)?.overtaken) this.#put(snapshot, 0)
        return snapshot
      })
      .finally(() => this.#loading.delete(zone))
    this.#loading.set(zone, {result, overtaken: false})
    return result
  }

  #release(zone: ZoneName): void {
    this.#expected.get(zone)?.resolve()
    this.#expected.delete(zone)
  }

  #overtake(zone: ZoneName): void {
    const load = this.#loading.get(zone)
    if (load) load.overtaken = true
  }

  #put(snapshot: Snapshot, pins: number): Place {
    const {zone, bytes, fingerprint} = snapshot.version
    const soa = soaAnswerOf(zone, snapshot.messages, fingerprint.signatures.length)
    this.#take(zone)
    const place: Place = {snapshot, pins, bytes}
    this.#give(zone, place)
    this.#soaAnswers.set(zone, soa)
    this.#evict()
    return place
  }

  #take(zone: ZoneName): Place | undefined {
    const place = this.#places.get(zone)
    if (!place) return undefined
    this.#places.delete(zone)
    this.#bytes -= place.bytes
    return place
  }

  #give(zone: ZoneName, place: Place): void {
    this.#places.set(zone, place)
    this.#bytes += place.bytes
  }

  #evict(): void {
    for (const [zone, place] of this.#places) {
      if (this.#bytes <= this.#options.maxBytes) return
      if (place.pins === 0) this.#take(zone)
    }
  }
}
