import type {ZoneName} from '../../dns/name.js'
import {secondsUntil} from '../../dns/serial.js'
import {type Fingerprint, firstToExpire} from '../../zone/fingerprint.js'

/** What counts here of a state in the store. */
export type SeenState =
  | {
      kind: 'version'
      zone: ZoneName
      fingerprint: Fingerprint
      /** When the first of all its RRSIGs expires, in seconds as on the wire, where it is known. */
      expires?: number
    }
  | {kind: 'tombstone'; zone: ZoneName}

export interface SignatureSummary {
  signed: number
  /** With less time left than asked for, but some. */
  expiring: number
  expired: number
  /** Those with the least time left, in seconds, which is negative where they have expired. */
  soonest: Array<{zone: ZoneName; left: number}>
}

/** Knows of every signed zone in the store how long its signatures last. Pure: time is passed in. */
export class SignatureWatch {
  /** When the first signature expires, in seconds as on the wire (RFC 4034 §3.1.5). */
  readonly #expirations = new Map<ZoneName, number>()

  isSigned(zone: ZoneName): boolean {
    return this.#expirations.has(zone)
  }

  /** A state of the store. */
  seen(state: SeenState): void {
    const expiration =
      state.kind === 'version' ? (state.expires ?? firstToExpire(state.fingerprint)) : undefined
    if (expiration === undefined) this.#expirations.delete(state.zone)
    else this.#expirations.set(state.zone, expiration)
  }

  forget(zone: ZoneName): void {
    this.#expirations.delete(zone)
  }

  clear(): void {
    this.#expirations.clear()
  }

  /** @param now seconds since 1970 @param warning seconds @param most how many of the soonest are wanted */
  summary(now: number, {warning, most = 10}: {warning: number; most?: number}): SignatureSummary {
    const summary: SignatureSummary = {signed: this.#expirations.size, expiring: 0, expired: 0, soonest: []}
    for (const [zone, expiration] of this.#expirations) {
      const left = secondsUntil(expiration, now * 1000)
      if (left <= 0) summary.expired++
      else if (left < warning) summary.expiring++
      insert(summary.soonest, {zone, left}, most)
    }
    return summary
  }
}

/** Keeps the few with the least time left, in that order. */
function insert(
  soonest: SignatureSummary['soonest'],
  entry: {zone: ZoneName; left: number},
  most: number,
): void {
  const last = soonest.at(-1)
  if (soonest.length >= most && last && last.left <= entry.left) return
  const at = soonest.findIndex(({left}) => left > entry.left)
  soonest.splice(at < 0 ? soonest.length : at, 0, entry)
  if (soonest.length > most) soonest.pop()
}
