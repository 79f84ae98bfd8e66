import {isSignatureOf, type SigningKey, signBytes, type TrustedKey} from './signing-key.js'
import type {StateSignature, Tombstone, Version, ZoneState} from './version.js'

/** Names the canonical form: another one, or a signature over anything else, has another beginning. */
const FORM = 'pdist zone state 1'

/**
 * The canonical form that is signed: the UTF-8 bytes of a JSON array of fixed order, with null for what is absent, over the zone
 * and everything that the header says. Two different headers, or the same with another sequence or key, have different bytes.
 */
export function signedBytes(state: ZoneState, about: Pick<StateSignature, 'key' | 'sequence'>): Uint8Array {
  return Buffer.from(signedText(state, about))
}

/** `signedBytes` before they are bytes. */
export function signedText(
  state: ZoneState,
  {key, sequence}: Pick<StateSignature, 'key' | 'sequence'>,
): string {
  const {kind, zone, event, at} = state
  const rest = kind === 'version' ? versionFields(state) : []
  return JSON.stringify([FORM, kind, zone, key, sequence, event, at, ...rest])
}

/** The state with its signature. `sequence` must be larger than any that was signed for this zone before. */
export function signState<S extends Version | Tombstone>(state: S, key: SigningKey, sequence: number): S {
  const {id} = key
  const signature = signBytes(signedBytes(state, {key: id, sequence}), key)
  return {...state, signed: {key: id, sequence, signature}}
}

/** What speaks against a state: nobody signed it, or a key that is not trusted, or its signature is not of what it says. */
export type SignatureFault = 'unsigned' | 'unknown key' | 'forged'

/** The keys by which states are believed. */
export class TrustedKeys {
  readonly #keys: ReadonlyMap<string, TrustedKey>

  constructor(keys: Iterable<TrustedKey>) {
    this.#keys = new Map([...keys].map((key) => [key.id, key]))
  }

  get ids(): readonly string[] {
    return [...this.#keys.keys()]
  }

  /** Whether the state says that one of these keys signed it; costs nothing, and proves nothing. */
  areNamedBy({signed}: ZoneState): boolean {
    return signed !== undefined && this.#keys.has(signed.key)
  }

  /** Undefined where one of these keys signed just this. */
  faultOf(state: ZoneState): SignatureFault | undefined {
    const {signed} = state
    if (!signed) return 'unsigned'
    const key = this.#keys.get(signed.key)
    if (!key) return 'unknown key'
    return isSignatureOf(signed.signature, signedBytes(state, signed), key) ? undefined : 'forged'
  }
}

function versionFields(version: Version): unknown[] {
  const {fingerprint, content, digest, expires, mayExpire, records, bytes, messages, packed, object} = version
  const {serial, signatures, keySet} = fingerprint
  const dates = signatures.map(({keyTag, inception, expiration}) => [keyTag, inception, expiration])
  const about = [serial, dates, keySet ?? null, content, digest, expires ?? null, mayExpire ?? null]
  return [...about, records, bytes, messages, packed, object ?? null]
}
