import type {ZoneName} from '../../dns/name.js'
import {secondsUntil} from '../../dns/serial.js'
import {type Fingerprint, firstToExpire, formatFingerprint} from '../../zone/fingerprint.js'
import {StateTree} from '../../zone/state-tree.js'

interface Entry {
  serial: number
  /** Of the signature over the SOA that ends first, seconds since 1970 modulo 2^32; absent for an unsigned zone. */
  expiration?: number
  /** When it was last proved, seen or changed, by the caller's clock. */
  at: number
}

/** What the local PowerDNS serves, zone by zone, as far as it was looked at. Pure: time is passed in. */
export class ServedBook {
  readonly #tree = new StateTree()
  readonly #entries = new Map<ZoneName, Entry>()
  /** Zones that ended to be served, for as long as somebody may have a list from before. */
  readonly #gone = new Map<ZoneName, number>()

  /** For comparing with the store. */
  get tree(): StateTree {
    return this.#tree
  }

  get zones(): IterableIterator<ZoneName> {
    return this.#entries.keys()
  }

  get(zone: ZoneName): {serial: number; fingerprint: string} | undefined {
    const entry = this.#entries.get(zone)
    return entry && {serial: entry.serial, fingerprint: this.#tree.get(zone) ?? ''}
  }

  serves(zone: ZoneName, fingerprint: Fingerprint, at: number): void {
    const {serial} = fingerprint
    const expiration = firstToExpire(fingerprint)
    this.#tree.set(zone, formatFingerprint(fingerprint))
    this.#entries.set(zone, {serial, at, ...(expiration === undefined ? {} : {expiration})})
    this.#gone.delete(zone)
  }

  gone(zone: ZoneName, at: number): void {
    this.#tree.delete(zone)
    this.#entries.delete(zone)
    this.#gone.set(zone, at)
    for (const [oldest, since] of this.#gone) {
      if (at - since <= FORGOTTEN_AFTER_MS) return
      this.#gone.delete(oldest)
    }
  }

  /** Whether anything was noted of the zone since then. */
  isNewerThan(zone: ZoneName, at: number): boolean {
    return (this.#entries.get(zone)?.at ?? this.#gone.get(zone) ?? Number.NEGATIVE_INFINITY) >= at
  }

  /** Zones whose signatures end within `withinS` seconds from `nowS`, seconds since 1970; those that end first come first. */
  endingSignatures(nowS: number, withinS: number): Array<{zone: ZoneName; leftS: number}> {
    const ending: Array<{zone: ZoneName; leftS: number}> = []
    for (const [zone, {expiration}] of this.#entries) {
      if (expiration === undefined) continue
      const leftS = secondsUntil(expiration, nowS * 1000)
      if (leftS <= withinS) ending.push({zone, leftS})
    }
    return ending.sort((a, b) => a.leftS - b.leftS)
  }
}

const FORGOTTEN_AFTER_MS = 600_000
