import {type ZoneName, zoneName} from '../../src/lib/dns/name.js'
import {uint16} from '../../src/lib/dns/wire.js'
import {packMessages} from '../../src/lib/zone/snapshot.js'
import type {Stored, Tombstone, Version} from '../../src/lib/zone/version.js'

const DIGEST = 'x'.repeat(43)

/** A version's header with plausible numbers. */
export function versionOf(zone: string, fields: Partial<Version> = {}): Version {
  return {
    kind: 'version',
    zone: zoneName(zone),
    fingerprint: {serial: 1, signatures: []},
    content: DIGEST,
    digest: DIGEST,
    records: 3,
    bytes: 100,
    messages: 1,
    packed: 10,
    event: 0,
    at: 1_700_000_000_000,
    ...fields,
  }
}

export function tombstoneOf(zone: string, fields: Partial<Tombstone> = {}): Tombstone {
  return {kind: 'tombstone', zone: zoneName(zone), event: 0, at: 1_700_000_000_000, ...fields}
}

/** A version of these very messages, and its packed body. */
export async function packedVersion(
  zone: ZoneName,
  messages: readonly Uint8Array[],
  fields: Partial<Version> = {},
): Promise<{version: Version; packed: Uint8Array}> {
  const {packed, digest} = await packMessages(messages)
  const bytes = messages.reduce((sum, message) => sum + message.length, 0)
  const records = messages.reduce((sum, message) => sum + uint16(message, 6), 0) - 1
  const counts = {records, bytes, messages: messages.length, packed: packed.length}
  return {version: versionOf(zone, {digest, ...counts, ...fields}), packed}
}

export function stored<S extends Version | Tombstone>(state: S, revision: number): Stored<S> {
  return {...state, revision}
}
