import {cooperate} from '../../async/cooperate.js'
import {secondsUntil} from '../../dns/serial.js'
import type {Transfer} from '../../dns/transfer.js'
import {verifyZonemd, type ZonemdOutcome} from '../../dns/zonemd.js'
import type {Version} from '../../zone/version.js'
import {SignaturesExpiredError, ZonemdMismatchError, ZonemdMissingError} from '../errors.js'

/** What a zone must be like to be stored. */
export interface AdmissionPolicy {
  /** Whether digests in zones (RFC 8976) are looked at, must be right where there are any, or must be there and right. */
  zonemd: 'off' | 'verify' | 'require'
  expiredSignatures: 'refuse' | 'accept'
}

/** What a version's header says of its signatures. */
type Expiry = Pick<Version, 'expires' | 'mayExpire'>

/** A clock may be wrong by this much, in seconds, before it is worth a word. */
const CLOCKS_APART = 3600

/**
 * Resolves where a transfer may be stored; `now` is milliseconds since 1970. Rejects with SignaturesExpiredError,
 * ZonemdMismatchError and ZonemdMissingError, and with MalformedMessageError where its digest cannot be made.
 */
export async function admit(
  transfer: Transfer,
  {zonemd, expiredSignatures}: AdmissionPolicy,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  if (expiredSignatures === 'refuse') refuseExpired(transfer, now)
  if (zonemd === 'off') return
  const outcome = await cooperate(verifyZonemd(transfer), signal)
  const missing = outcome.state === 'absent' || outcome.state === 'unsupported'
  if (missing && zonemd === 'require') throw missingDigest(transfer, outcome.state)
  if (!missing && outcome.state !== 'verified') throw wrongDigest(transfer, outcome)
}

/** Throws SignaturesExpiredError where one of the zone's signatures has expired at `now`, unless it is known that it may. */
export function refuseExpired({zone, expires, mayExpire}: Pick<Version, 'zone'> & Expiry, now: number): void {
  if (expires === undefined || mayExpire) return
  const seconds = secondsUntil(expires, now)
  if (seconds >= 0) return
  const since = new Date((Math.floor(now / 1000) + seconds) * 1000).toISOString()
  throw new SignaturesExpiredError(`a signature in ${zone} expired at ${since}`, {
    hints: [
      'Sign the zone again on the primary, or take the expired RRSIG out of it where others replace it',
      'Check the clock of this machine',
      'With `zone_provider.expired_signatures = "accept"` such zones are distributed all the same',
    ],
  })
}

export function expiryOf({expires}: Transfer, {expiredSignatures}: AdmissionPolicy): Expiry {
  if (expires === undefined) return {}
  return {expires, ...(expiredSignatures === 'accept' ? {mayExpire: true} : {})}
}

/**
 * The SOA's inception where all its signatures begin to be valid more than an hour from now. That keeps no zone out: the clock
 * that is wrong may be ours, and time mends it, while what expired only becomes worse.
 */
export function notYetValid({signatures}: Pick<Transfer, 'signatures'>, now: number): number | undefined {
  const [first] = signatures
  const early = signatures.every(({inception}) => secondsUntil(inception, now) > CLOCKS_APART)
  return early ? first?.inception : undefined
}

function missingDigest({zone}: Transfer, state: 'absent' | 'unsupported'): ZonemdMissingError {
  const what = state === 'absent' ? 'no ZONEMD record' : 'no ZONEMD record of a known scheme and algorithm'
  return new ZonemdMissingError(`${zone} has ${what}, and one is required`, {
    hints: [
      'Add one to the zone (RFC 8976): scheme 1, with algorithm 1 (SHA-384) or 2 (SHA-512)',
      'Or set `zone_provider.zonemd = "verify"`: then only digests that are there must be right',
    ],
  })
}

type Wrong = Extract<ZonemdOutcome, {state: 'mismatch' | 'serial-differs'}>

function wrongDigest({zone, soa, signed}: Transfer, outcome: Wrong): ZonemdMismatchError {
  const why =
    outcome.state === 'mismatch'
      ? `is not as its ZONEMD record (${outcome.algorithms.join(', ')}) says`
      : `has serial ${soa.serial}, its ZONEMD record is for ${outcome.serial}`
  return new ZonemdMismatchError(`${zone} ${why}`, {
    hints: [
      'Make the digest anew for what the primary transfers, or take the ZONEMD record out of the zone',
      'A change through the API raises the serial unless the zone has `soa_edit_api: OFF`',
      ...(signed ? ['PowerDNS makes no digest: a zone that it signs itself cannot have a right one'] : []),
    ],
  })
}
