import type {ZoneName} from '../dns/name.js'
import {unpackMessages} from '../zone/snapshot.js'
import type {Stored, Version} from '../zone/version.js'
import type {Applier} from './apply.js'
import type {Snapshot} from './shelf.js'
import type {SyncJob} from './sync-jobs.js'

/** The zone store, as a secondary reads it. */
export interface SnapshotStore {
  get(zone: ZoneName): Promise<{state: Stored; body: Uint8Array} | undefined>
  fetchObject(version: Version): Promise<Uint8Array | undefined>
}

export type Proof =
  | {outcome: 'served'; revision: number; event: number; serial: number; transferred: boolean}
  | {outcome: 'removed'; revision: number; event: number}

interface Found {
  state: Stored
  body: Uint8Array
}

/** The newest snapshot of a zone in the store, or undefined where it has none. */
export async function loadSnapshot(store: SnapshotStore, zone: ZoneName): Promise<Snapshot | undefined> {
  const found = await store.get(zone)
  return found && snapshotOf(store, found)
}

/**
 * Does what a job asks for and returns the proof; undefined where the store knows nothing of the zone.
 * Rejects as `Applier.apply` and `Applier.remove` do.
 */
export async function syncZone(
  {store, applier}: {store: SnapshotStore; applier: Applier},
  job: SyncJob,
  signal: AbortSignal,
): Promise<Proof | undefined> {
  const found = await newest(store, job)
  // What was overtaken needs no proof: the state that overtook it has its own.
  if (!found || !applier.isCurrent(found.state)) return undefined
  const {state} = found
  const event = Math.max(state.event, job.event)
  if (state.kind === 'tombstone') {
    await applier.remove(state, signal)
    return {outcome: 'removed', revision: state.revision, event}
  }
  const proof = {
    outcome: 'served',
    revision: state.revision,
    event,
    serial: state.fingerprint.serial,
  } as const
  // A delivery may change what the fingerprint does not show; a mere question may trust it.
  if (!job.force && (await applier.confirm(state, signal, {trust: !job.delivery}))) {
    return {...proof, transferred: false}
  }
  const snapshot = await snapshotOf(store, found)
  // Replaced in this moment: the newer version is on its way to us.
  if (!snapshot) return undefined
  await applier.apply(snapshot, signal)
  return {...proof, transferred: true}
}

async function newest(store: SnapshotStore, {zone, delivery, body}: SyncJob): Promise<Found | undefined> {
  if (!delivery) return store.get(zone)
  const {state} = delivery
  const inHand = state.kind === 'tombstone' || state.object !== undefined
  if (inHand) return {state, body: new Uint8Array()}
  return body ? {state, body} : store.get(zone)
}

async function snapshotOf(store: SnapshotStore, {state, body}: Found): Promise<Snapshot | undefined> {
  if (state.kind !== 'version') return undefined
  const packed = state.object ? await store.fetchObject(state) : body
  return packed && {version: state, messages: await unpackMessages(state, packed)}
}
