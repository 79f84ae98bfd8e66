import type {ZoneName} from '../../dns/name.js'
import type {Stored} from '../../zone/version.js'
import {type SignatureSummary, SignatureWatch} from './signatures.js'

/** What is shown of a zone in the store. */
export interface ZoneRow {
  zone: ZoneName
  serial: number
  records: number
  revision: number
  /** When the version was taken from the primary, milliseconds since 1970 by its clock. */
  at: number
}

/** All zones in the store, and how long their signatures last, kept as the store changes. */
export class ZoneList {
  #rows = new Map<ZoneName, ZoneRow>()
  #tombstones = new Set<ZoneName>()
  #signatures = new SignatureWatch()
  /** While the store is read anew, what was known stays. */
  #known: {rows: ReadonlyMap<ZoneName, ZoneRow>; deleted: number; signatures: SignatureWatch} | undefined
  #complete = false
  #matching: {filter: string; zones: readonly ZoneName[]} | undefined

  /** Whether everything that is in the store was seen. */
  get complete(): boolean {
    return this.#complete || this.#known !== undefined
  }

  get counts(): {present: number; deleted: number} {
    const {rows, deleted} = this.#shown
    return {present: rows.size, deleted}
  }

  get(zone: ZoneName): ZoneRow | undefined {
    return this.#shown.rows.get(zone)
  }

  /** The zones whose name has this text in it, in the order of their names. */
  matching(filter: string): readonly ZoneName[] {
    if (this.#matching?.filter !== filter) {
      const zones = [...this.#shown.rows.keys()].filter((zone) => zone.includes(filter)).sort()
      this.#matching = {filter, zones}
    }
    return this.#matching.zones
  }

  /** @param now milliseconds since 1970 @param warning seconds */
  signatures(now: number, warning: number): SignatureSummary {
    return this.#shown.signatures.summary(now / 1000, {warning})
  }

  onReset(): void {
    if (this.#complete) {
      this.#known = {rows: this.#rows, deleted: this.#tombstones.size, signatures: this.#signatures}
    }
    this.#rows = new Map()
    this.#tombstones = new Set()
    this.#signatures = new SignatureWatch()
    this.#complete = false
  }

  onState(state: Stored): void {
    const {zone, revision, at} = state
    this.#signatures.seen(state)
    if (state.kind === 'tombstone') {
      this.#remove(zone)
      this.#tombstones.add(zone)
      return
    }
    this.#tombstones.delete(zone)
    if (!this.#rows.has(zone)) this.#matching = undefined
    this.#rows.set(zone, {zone, serial: state.fingerprint.serial, records: state.records, revision, at})
  }

  onUnreadable(zone: ZoneName): void {
    this.#signatures.forget(zone)
    this.#tombstones.delete(zone)
    this.#remove(zone)
  }

  onCaughtUp(): void {
    this.#complete = true
    this.#known = undefined
    this.#matching = undefined
  }

  get #shown() {
    const own = {rows: this.#rows, deleted: this.#tombstones.size, signatures: this.#signatures}
    return this.#known ?? own
  }

  #remove(zone: ZoneName): void {
    if (this.#rows.delete(zone)) this.#matching = undefined
  }
}
