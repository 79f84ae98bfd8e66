import {earlierTime, type Serial} from '../dns/serial.js'
import type {SoaSignature} from '../dns/soa.js'

/**
 * What a server serves of a zone, small enough to compare often. Signatures are told apart by key tag and dates, never by
 * their bytes: ECDSA gives other bytes each time that an unchanged zone is signed.
 */
export interface Fingerprint {
  serial: Serial
  /** Ordered by key tag, then inception, then expiration; empty for an unsigned zone. */
  signatures: readonly SoaSignature[]
  /** `hashKeySet` of the apex's DNSKEY and NSEC3PARAM; absent for an unsigned zone. */
  keySet?: string
}

/** The one text form of a fingerprint, e.g. `2026112201/12345:1795046400:1796860800/kJ8…`; equal text means equal fingerprint. */
export function formatFingerprint({serial, signatures, keySet}: Fingerprint): string {
  if (signatures.length === 0) return String(serial)
  const dates = signatures.map((s) => `${s.keyTag}:${s.inception}:${s.expiration}`).join(',')
  // Many are kept for long: what `join` makes is one piece, where a template would keep all of its parts, three times the memory.
  return [serial, dates, keySet ?? ''].join('/')
}

/** When the first of the signatures expires, in seconds as on the wire; undefined for an unsigned zone. */
export function firstToExpire({signatures}: Pick<Fingerprint, 'signatures'>): number | undefined {
  const [first, ...rest] = signatures.map(({expiration}) => expiration)
  return first === undefined ? undefined : rest.reduce(earlierTime, first)
}

export function isSigned({signatures}: Pick<Fingerprint, 'signatures'>): boolean {
  return signatures.length > 0
}

export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return formatFingerprint(a) === formatFingerprint(b)
}
