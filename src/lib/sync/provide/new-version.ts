import {randomUUID} from 'node:crypto'
import type {Transfer} from '../../dns/transfer.js'
import {zoneKey} from '../../zone/key.js'
import type {PackedSnapshot} from '../../zone/snapshot.js'
import type {Version} from '../../zone/version.js'
import {type AdmissionPolicy, expiryOf} from './admission.js'
import type {Known} from './known-zones.js'

interface NewVersion extends PackedSnapshot {
  /** The newest event that it covers. */
  event: number
  admission: AdmissionPolicy
  inlineBytes: number
  /** Milliseconds since 1970. */
  at: number
}

/** The header of the version that a transfer becomes. */
export function versionOf(transfer: Transfer, made: NewVersion): Version {
  const {packed, digest, event, admission, inlineBytes, at} = made
  const {zone, soa, signatures, keySet, content, records, bytes, messages} = transfer
  const fingerprint = {serial: soa.serial, signatures, ...(keySet === undefined ? {} : {keySet})}
  // Never the name of another writer's object, who may have transferred the same in the same millisecond.
  const object = packed.length > inlineBytes ? {object: `${zoneKey(zone)}/${at}-${randomUUID()}`} : {}
  const counts = {records, bytes, messages: messages.length, packed: packed.length}
  const about = {fingerprint, content, digest, ...expiryOf(transfer, admission)}
  return {kind: 'version', zone, ...about, ...counts, ...object, event, at}
}

/** What a version covers its successor covers, too: a repair covers no event of its own. */
export function newestOf(event: number, known: Known): number {
  return known && known.kind !== 'unreadable' ? Math.max(event, known.event) : event
}
