import type {ZoneName} from '../../dns/name.js'
import {isNewer} from '../../dns/serial.js'
import type {SignatureFault, TrustedKeys} from '../../zone/signature.js'
import type {StateSignature, ZoneState} from '../../zone/version.js'
import {
  ForgedStateError,
  type KeptOutError,
  ReplayedStateError,
  UnknownSigningKeyError,
  UnsignedStateError,
} from '../errors.js'
import type {ServedState} from '../secondary.js'
import type {Accepted} from './accepted.js'

/** What of the store is believed. */
export interface Trust {
  /** Resolves where the state may be applied; rejects with a KeptOutError. */
  admit(state: ZoneState, signal: AbortSignal): Promise<void>
  /** Throws where a zone of which the store knows nothing may not be removed for that alone. */
  admitRemoval(zone: ZoneName): void
}

/** For a syncer without trusted keys: whoever may write to the broker is believed. */
export const BLIND_TRUST: Trust = {admit: async () => undefined, admitRemoval: () => undefined}

export interface SignatureTrustOptions {
  keys: TrustedKeys
  accepted: Pick<Accepted, 'floor' | 'since' | 'sequenceOf'>
  /** Told of a state that is taken. */
  onAccepted(state: ZoneState): void
  served: ServedState
}

/** Lets in what a trusted key signed and what is not older than what was let in before. */
export class SignatureTrust implements Trust {
  readonly #options: SignatureTrustOptions

  constructor(options: SignatureTrustOptions) {
    this.#options = options
  }

  async admit(state: ZoneState, signal: AbortSignal): Promise<void> {
    const {keys, accepted, onAccepted} = this.#options
    const {zone, signed} = state
    const fault = keys.faultOf(state)
    if (fault !== undefined || !signed) throw refusal(fault ?? 'unsigned', state)
    const known = accepted.sequenceOf(zone)
    if (known === undefined) await this.#admitUnknown(state, signed, signal)
    else if (signed.sequence < known) throw replayed(state, signed, known)
    onAccepted(state)
  }

  admitRemoval(zone: ZoneName): void {
    throw new UnsignedStateError(`the store does not know ${zone}, but nobody signed that it is to go`, {
      hints: ['Nothing: the zone-provider signs that it is gone once it has asked the primary'],
    })
  }

  /**
   * Of a zone of which nothing is remembered. What was signed since we began to remember is new. Of what was signed before, the
   * first is believed, unless it would take the zone back or away that is served here.
   */
  async #admitUnknown(state: ZoneState, signed: StateSignature, signal: AbortSignal): Promise<void> {
    const {accepted, served} = this.#options
    const {floor, since} = accepted
    if (signed.sequence <= floor) throw replayed(state, signed, floor)
    if (signed.sequence > since) return
    const here = await served.fingerprintOf(state.zone, signal, {keys: false})
    if (here.state === 'not-served') return
    const older = state.kind === 'tombstone' || isNewer(here.serial, state.fingerprint.serial)
    if (older) throw replayed(state, signed, since)
  }
}

const REFUSALS = {
  unsigned: (what) =>
    new UnsignedStateError(`${what} is not signed`, {
      hints: ['Set `signing.key_file` for every zone-provider: it signs anew what it finds unsigned'],
    }),
  'unknown key': (what, key) =>
    new UnknownSigningKeyError(`${what} is signed with the key ${key}, which is not trusted here`, {
      hints: [
        "Add the zone-provider's public key to `signing.trusted_keys` here: `pdist keys show` prints it",
        'Or find out who else writes to the broker',
      ],
    }),
  forged: (what, key) =>
    new ForgedStateError(`${what} is not what the key ${key} signed`, {
      hints: ['Find out who else writes to the broker: see docs/security.md'],
    }),
} satisfies Readonly<Record<SignatureFault, (what: string, key: string) => KeptOutError>>

function refusal(fault: SignatureFault, state: ZoneState): KeptOutError {
  return REFUSALS[fault](whatOf(state), state.signed?.key ?? '')
}

function replayed(state: ZoneState, {sequence}: StateSignature, least: number): ReplayedStateError {
  return new ReplayedStateError(
    `${whatOf(state)} was signed as ${sequence}, which is older than ${least}`,
    least,
  )
}

function whatOf(state: ZoneState): string {
  const {zone} = state
  return state.kind === 'tombstone'
    ? `the deletion of ${zone}`
    : `the version of ${zone} with serial ${state.fingerprint.serial}`
}
