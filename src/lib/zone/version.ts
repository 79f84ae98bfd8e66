import {z} from 'zod'
import type {ZoneName} from '../dns/name.js'
import {PdistError} from '../errors.js'
import {commonVersion} from './common-version.js'
import type {Fingerprint} from './fingerprint.js'
import type {ZoneKey} from './key.js'
import {zoneKey, zoneOfKey} from './key.js'

/** By which a state is known to be a zone-provider's, and newer than others of its zone. */
export interface StateSignature {
  /** The id of the key. */
  key: string
  /** Grows with each state of a zone; mostly the milliseconds since 1970 at which it was signed. */
  sequence: number
  /** Base64url, 64 bytes, over `signedBytes`. */
  signature: string
}

/** The header of a zone's version in the store: all that is known of it without its messages. */
export interface Version {
  kind: 'version'
  zone: ZoneName
  fingerprint: Fingerprint
  /** Digest of what the zone says, equal for two transfers of an unchanged zone (`Transfer.content`). */
  content: string
  /** Base64url SHA-256 of the framed messages, byte for byte. */
  digest: string
  /** When the first of all its signatures expires, in seconds as on the wire; absent for an unsigned zone. */
  expires?: number
  /** The zone-provider was told to take the zone whether its signatures have expired or not. */
  mayExpire?: true
  records: number
  /** Size of the messages on the wire, in bytes, without framing. */
  bytes: number
  messages: number
  /** Size of the packed (framed, compressed) messages, in bytes. */
  packed: number
  /** Name in the object store; absent when the packed messages are the body of the store's message. */
  object?: string
  /** Sequence in the event stream of the newest event that this version covers; 0 when no event caused it. */
  event: number
  /** When the transfer ended, milliseconds since 1970 by the provider's clock. */
  at: number
  signed?: StateSignature
}

/** A zone that is gone from the primary. */
export interface Tombstone {
  kind: 'tombstone'
  zone: ZoneName
  event: number
  at: number
  signed?: StateSignature
}

export type ZoneState = Version | Tombstone

/** A zone's state together with the store's revision of it: revisions only grow, over all zones. */
export type Stored<S extends ZoneState = ZoneState> = S & {readonly revision: number}

export class MalformedHeaderError extends PdistError {
  readonly code = 'PDIST_MALFORMED_HEADER'
}

/** Of a header, whose zone is named elsewhere. Lazy: nearly all are read by `commonVersion`. */
export const stateSchema = z.lazy(() => {
  const count = z.int().nonnegative()
  const uint32 = count.max(0xffff_ffff)
  const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
  const signature = z.strictObject({keyTag: count.max(0xffff), inception: uint32, expiration: uint32})
  const fingerprint = z.strictObject({
    serial: uint32,
    signatures: z.array(signature).max(64),
    keySet: z.string().max(64).exactOptional(),
  })
  const signed = z
    .strictObject({
      key: z.string().regex(/^[0-9a-f]{16}$/),
      sequence: count,
      signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
    })
    .exactOptional()
  const version = z.strictObject({
    kind: z.literal('version'),
    fingerprint,
    content: digest,
    digest,
    expires: uint32.exactOptional(),
    mayExpire: z.literal(true).exactOptional(),
    records: count,
    bytes: count,
    messages: count,
    packed: count,
    object: z.string().max(2048).exactOptional(),
    event: count,
    at: count,
    signed,
  })
  const tombstone = z.strictObject({kind: z.literal('tombstone'), event: count, at: count, signed})
  return z.discriminatedUnion('kind', [version, tombstone])
})

/** The text of a message header; the zone itself is named by the message's subject. */
export function encodeState({zone: _, ...rest}: ZoneState): string {
  return JSON.stringify(rest)
}

/** Reads what `encodeState` wrote, from an untrusted place. Throws MalformedHeaderError. */
export function decodeState(key: string, text: string): ZoneState {
  const zone = zoneOfKey(key)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new MalformedHeaderError(`the stored header of ${zone} is no JSON`, {cause})
  }
  const common = commonVersion(json)
  if (common) return {...common, zone}
  const parsed = stateSchema.safeParse(json)
  if (!parsed.success) {
    throw new MalformedHeaderError(
      `the stored header of ${zone} is malformed: ${z.prettifyError(parsed.error)}`,
    )
  }
  return {...parsed.data, zone}
}

export function keyOf(state: ZoneState): ZoneKey {
  return zoneKey(state.zone)
}
