import {PdistError} from '../errors.js'
import {type Outage, outageWords} from '../zone/outage.js'

/** The primary's API has the zone, but the primary does not hand it out by AXFR. */
export class TransferDeniedError extends PdistError {
  readonly code = 'PDIST_TRANSFER_DENIED'
}

/** A version that must not be served: trying again at once does not help. */
export abstract class KeptOutError extends PdistError {}

/** The zone is not what its digest says (RFC 8976), or the digest is for another serial. */
export class ZonemdMismatchError extends KeptOutError {
  readonly code = 'PDIST_ZONEMD_MISMATCH'
}

/** A digest is required, and the zone has none that could be checked. */
export class ZonemdMissingError extends KeptOutError {
  readonly code = 'PDIST_ZONEMD_MISSING'
}

/** A signature in the zone has expired. */
export class SignaturesExpiredError extends KeptOutError {
  readonly code = 'PDIST_SIGNATURES_EXPIRED'
}

/** What the broker has of a zone is not signed by anybody, and only what is signed is taken. */
export class UnsignedStateError extends KeptOutError {
  readonly code = 'PDIST_UNSIGNED'
}

/** It is signed with a key that is not trusted here. */
export class UnknownSigningKeyError extends KeptOutError {
  readonly code = 'PDIST_UNKNOWN_KEY'
}

/** Its signature is of something else. */
export class ForgedStateError extends KeptOutError {
  readonly code = 'PDIST_FORGED'
}

/** It is signed, but older than what was taken before. */
export class ReplayedStateError extends KeptOutError {
  readonly code = 'PDIST_REPLAYED'
  /** What the sequence of a newer one has to exceed. */
  readonly sequence: number

  constructor(message: string, sequence: number) {
    super(message, {hints: ['Nothing, once: the zone-provider signs what the primary has anew']})
    this.sequence = sequence
  }
}

/** What the primary has waits until somebody decides whether the secondaries shall have it: `pdist plan`. */
export class PlanHeldError extends PdistError {
  readonly code = 'PDIST_PLAN_HELD'
}

/** The zone is gone from the primary, but nobody asked for that: a comparison of all zones finds it, and decides. */
export class ZoneVanishedError extends PdistError {
  readonly code = 'PDIST_ZONE_VANISHED'
}

/** There is no plan of this id, or no longer. */
export class NoSuchPlanError extends PdistError {
  readonly code = 'PDIST_NO_SUCH_PLAN'
}

/** The local PowerDNS has a zone of this name that pdist did not make; it stays as it is. */
export class ForeignZoneError extends PdistError {
  readonly code = 'PDIST_FOREIGN_ZONE'
}

/** The local PowerDNS did not serve a version although everything was done for it. */
export class NotServedError extends PdistError {
  readonly code = 'PDIST_NOT_SERVED'
}

/** A deleted zone is still answered for. */
export class StillServedError extends PdistError {
  readonly code = 'PDIST_STILL_SERVED'
}

/** The store has a version's header, but the object with its messages is gone. */
export class MissingSnapshotError extends PdistError {
  readonly code = 'PDIST_MISSING_SNAPSHOT'
}

/** A replica of the store that lags behind answered: the same question is answered rightly a little later. */
export class StaleStoreError extends PdistError {
  readonly code = 'PDIST_STALE_STORE'
}

/** Other writers were faster, again and again. */
export class ContendedZoneError extends PdistError {
  readonly code = 'PDIST_CONTENDED_ZONE'
}

/** The zone is on no primary and in no store. */
export class UnknownZoneError extends PdistError {
  readonly code = 'PDIST_UNKNOWN_ZONE'
}

/** Nobody could confirm: no secondary sent a heartbeat lately. */
export class NoSecondaryError extends PdistError {
  readonly code = 'PDIST_NO_SECONDARY'
}

export class UnknownSecondaryError extends PdistError {
  readonly code = 'PDIST_UNKNOWN_SECONDARY'
}

/** Nobody answers for the secondary: its syncer is not heard any more. */
export class SecondaryInactiveError extends PdistError {
  readonly code = 'PDIST_SECONDARY_INACTIVE'
}

/** The secondary is at work, so that nothing of it can be forgotten. */
export class SecondaryActiveError extends PdistError {
  readonly code = 'PDIST_SECONDARY_ACTIVE'
}

/** Somebody paused the secondary: it applies nothing. */
export class SecondaryPausedError extends PdistError {
  readonly code = 'PDIST_SECONDARY_PAUSED'
}

/** PowerDNS answers queries, but with nothing than that it failed. */
export class ServerFailureError extends PdistError {
  readonly code = 'PDIST_SERVER_FAILURE'
}

/** The secondary's PowerDNS gives no answer: what was proved before proves nothing any more. */
export class PowerDnsSilentError extends PdistError {
  readonly code = 'PDIST_POWERDNS_SILENT'

  constructor(outage: Outage) {
    super(outageWords(outage), {hints: outage.hints})
  }
}

/** The secondary was started a moment ago, and did not look at all its zones yet. */
export class SecondaryNotReadyError extends PdistError {
  readonly code = 'PDIST_SECONDARY_NOT_READY'
}

/** A list of zones that is empty is believed to be a mistake. */
export class EmptyListingError extends PdistError {
  readonly code = 'PDIST_EMPTY_LISTING'
}

/** Whether an error of this code ends only by somebody's decision. */
export function waitsForDecision(code: string): boolean {
  return code === 'PDIST_PLAN_HELD' || code === 'PDIST_ZONE_VANISHED'
}
