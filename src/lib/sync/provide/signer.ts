import type {ZoneName} from '../../dns/name.js'
import {signedText, signState, TrustedKeys} from '../../zone/signature.js'
import type {SigningKey, TrustedKey} from '../../zone/signing-key.js'
import type {Tombstone, Version, ZoneState} from '../../zone/version.js'

export interface SignerOptions {
  key: SigningKey
  /** Of other zone-providers: what they signed need not be signed anew. */
  trusted: readonly TrustedKey[]
  /** Milliseconds since 1970. */
  now(): number
}

/** So far ahead of our clock a sequence that nobody vouches for is outdone: none of them uses the numbers up. */
const AHEAD_MS = 10 * 365 * 86_400_000
/** Zones of which a sequence has to be outdone that the store does not have. */
const REMEMBERED = 50_000
/** States that were signed, and did not come back from the store yet. */
const ON_THEIR_WAY = 1000

/**
 * Signs states, each with a larger sequence than any before it of its zone: the clock's milliseconds, or one more than what is
 * known where the clock is behind. To sign what the primary has with too large a sequence does no harm, so that also what
 * nobody vouches for is outdone.
 */
export class Signer {
  readonly #options: SignerOptions
  readonly #keys: TrustedKeys
  /** The least sequence that what is stored may have, where others were signed that may not be stored, or were seen. */
  readonly #floors = new Map<ZoneName, number>()
  /** What was signed last, word by word: what comes back from the store as it went is not verified, which costs more than all else of it. */
  readonly #fresh = new Map<ZoneName, string>()

  constructor(options: SignerOptions) {
    this.#options = options
    this.#keys = new TrustedKeys([options.key, ...options.trusted])
  }

  /** Whether the state says that it is signed by one of us: the cheap half of `isOurs`. */
  isNamedBy(state: ZoneState): boolean {
    return this.#keys.areNamedBy(state)
  }

  isOurs(state: ZoneState): boolean {
    return this.#isAsSigned(state) || this.#keys.faultOf(state) === undefined
  }

  /** Whether the state is signed by one of us, and newer than all else that was. */
  isGood(state: ZoneState): boolean {
    const sequence = state.signed?.sequence ?? 0
    return sequence >= (this.#floors.get(state.zone) ?? 0) && this.isOurs(state)
  }

  /** `known` is what the store has of the zone. */
  sign<S extends Version | Tombstone>(state: S, known: ZoneState | undefined): S {
    const {key, now} = this.#options
    const before = Math.max(known ? this.#claimOf(known) : 0, this.#floors.get(state.zone) ?? 0)
    const sequence = Math.max(now(), before + 1)
    // Should it not be stored, it is out in the world all the same: it could be put in the place of what is.
    this.#raise(state.zone, sequence)
    const signed = signState(state, key, sequence)
    remember(this.#fresh, state.zone, wordsOf(signed), ON_THEIR_WAY)
    return signed
  }

  /** What was signed last is in the store. */
  stored({zone, signed}: ZoneState): void {
    if (signed && this.#floors.get(zone) === signed.sequence) this.#floors.delete(zone)
  }

  /** Somebody took a state of this sequence, or says so. */
  outdo(zone: ZoneName, sequence: number): void {
    if (this.#isPlausible(sequence)) this.#raise(zone, sequence + 1)
  }

  /** Once: then it has come back. */
  #isAsSigned(state: ZoneState): boolean {
    const fresh = this.#fresh.get(state.zone)
    return fresh !== undefined && fresh === wordsOf(state) && this.#fresh.delete(state.zone)
  }

  #claimOf(state: ZoneState): number {
    const sequence = state.signed?.sequence ?? 0
    return this.#isPlausible(sequence) || this.#keys.faultOf(state) === undefined ? sequence : 0
  }

  #isPlausible(sequence: number): boolean {
    return sequence <= this.#options.now() + AHEAD_MS
  }

  #raise(zone: ZoneName, sequence: number): void {
    remember(this.#floors, zone, Math.max(sequence, this.#floors.get(zone) ?? 0), REMEMBERED)
  }
}

/** All that the state says, its signature and its key included. */
function wordsOf(state: ZoneState): string {
  const {signed} = state
  return signed ? `${signed.signature} ${signedText(state, signed)}` : ''
}

/** Of those beyond `most` the oldest is forgotten. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= most) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
