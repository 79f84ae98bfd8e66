import type {ZoneName} from '../../dns/name.js'
import type {Serial} from '../../dns/serial.js'
import {formatFingerprint} from '../../zone/fingerprint.js'
import type {Stored} from '../../zone/version.js'

/** What is kept of a zone's state in the store. */
export type PicturedZone =
  | {
      readonly kind: 'version'
      readonly revision: number
      readonly serial: Serial
      readonly records: number
      /** As `formatFingerprint` writes it. */
      readonly fingerprint: string
    }
  /** `at`: milliseconds since 1970 by the clock of whoever buried it. */
  | {readonly kind: 'tombstone'; readonly revision: number; readonly at: number}

/** The zone store as it is known here, small enough for 100,000 zones; fed by `followStates`. */
export class StorePicture {
  readonly #zones = new Map<ZoneName, PicturedZone>()
  readonly #unsigned = new Set<ZoneName>()
  readonly #isSigned: (state: Stored, about: {live: boolean}) => boolean
  #versions = 0
  #streamCreated = ''
  #revision = 0
  #resets = 0
  #complete = false

  /**
   * `isSigned`: whether a state is signed as it should be; without, all are. `live` states come one by one, the others are all
   * that the store had, where checking every signature would take long.
   */
  constructor(isSigned: (state: Stored, about: {live: boolean}) => boolean = () => true) {
    this.#isSigned = isSigned
  }

  /** False until everything that the store has is in the picture. */
  get complete(): boolean {
    return this.#complete
  }

  /** How often it was begun anew: while this is the same, no part of it is missing or from an earlier one. */
  get resets(): number {
    return this.#resets
  }

  /** When the store's stream was made, as the broker writes it: of another stream nothing here is true. */
  get streamCreated(): string {
    return this.#streamCreated
  }

  /** The newest revision that came. */
  get revision(): number {
    return this.#revision
  }

  /** Zones that the store has, tombstones not counted. */
  get versions(): number {
    return this.#versions
  }

  get tombstones(): number {
    return this.#zones.size - this.#versions
  }

  /** Zones, deleted ones included, whose state is not signed as it should be. */
  get unsigned(): ReadonlySet<ZoneName> {
    return this.#unsigned
  }

  get(zone: ZoneName): PicturedZone | undefined {
    return this.#zones.get(zone)
  }

  /** Zones and tombstones, in no particular order. */
  [Symbol.iterator](): IterableIterator<[ZoneName, PicturedZone]> {
    return this.#zones.entries()
  }

  onReset(streamCreated: string): void {
    this.#zones.clear()
    this.#unsigned.clear()
    this.#versions = 0
    this.#revision = 0
    this.#complete = false
    this.#resets++
    this.#streamCreated = streamCreated
  }

  onState(state: Stored): void {
    const {zone, revision} = state
    if (state.kind === 'tombstone') this.#set(zone, {kind: 'tombstone', revision, at: state.at})
    else {
      const {fingerprint, records} = state
      const {serial} = fingerprint
      this.#set(zone, {
        kind: 'version',
        revision,
        serial,
        records,
        fingerprint: formatFingerprint(fingerprint),
      })
    }
    if (!this.#isSigned(state, {live: this.#complete})) this.#unsigned.add(zone)
  }

  onUnreadable(zone: ZoneName, revision: number): void {
    this.#remove(zone)
    this.#revision = Math.max(this.#revision, revision)
  }

  onCaughtUp(): void {
    this.#complete = true
  }

  /** Forgets tombstones from before `at`, as the store itself does without telling. */
  forgetTombstones(at: number): void {
    for (const [zone, state] of this.#zones) {
      if (state.kind === 'tombstone' && state.at < at) this.#remove(zone)
    }
  }

  #set(zone: ZoneName, state: PicturedZone): void {
    this.#remove(zone)
    this.#zones.set(zone, state)
    if (state.kind === 'version') this.#versions++
    this.#revision = Math.max(this.#revision, state.revision)
  }

  #remove(zone: ZoneName): void {
    if (this.#zones.get(zone)?.kind === 'version') this.#versions--
    this.#zones.delete(zone)
    this.#unsigned.delete(zone)
  }
}
