import {sleep} from '../../async/abort.js'
import type {ZoneName} from '../../dns/name.js'
import {unpackMessages} from '../../zone/snapshot.js'
import type {Stored, Version} from '../../zone/version.js'
import {MissingSnapshotError, ReplayedStateError, StaleStoreError} from '../errors.js'
import {refuseExpired} from '../provide/admission.js'
import type {Applier} from './apply.js'
import type {Snapshot} from './shelf.js'
import type {SyncJob} from './sync-jobs.js'
import type {Trust} from './trust.js'

/** The zone store, as a secondary reads it. */
export interface SnapshotStore {
  get(zone: ZoneName, signal?: AbortSignal): Promise<Found | undefined>
  /** Undefined where there is no such object. */
  fetchObject(version: Version, signal?: AbortSignal): Promise<Uint8Array | undefined>
}

export type Proof =
  | {outcome: 'served'; revision: number; event: number; serial: number; transferred: boolean}
  | {outcome: 'removed'; revision: number; event: number; transferred: false}

interface Found {
  state: Stored
  body: Uint8Array
}

interface SyncParts {
  store: SnapshotStore
  applier: Applier
  trust: Trust
  /** Whether a version may be transferred now; one that is too large for that has to wait for its turn. */
  admits(version: Version): boolean
  now(): number
}

const NOTHING = new Uint8Array()

/**
 * The newest snapshot of a zone in the store, or undefined where it has none. What `syncZone` would not apply is not loaded
 * either: PowerDNS, which transfers by itself now and then, shall not get it that way.
 */
export async function loadSnapshot(
  {store, trust, now}: Pick<SyncParts, 'store' | 'trust' | 'now'>,
  zone: ZoneName,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const found = await store.get(zone, signal)
  if (found) await trust.admit(found.state, signal)
  if (found?.state.kind === 'version') refuseExpired(found.state, now())
  return found && snapshotOf(store, found, signal)
}

/** The same, whatever has become of its signatures: for looking at it. */
export async function readSnapshot(
  store: SnapshotStore,
  zone: ZoneName,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const found = await store.get(zone, signal)
  return found && snapshotOf(store, found, signal)
}

/**
 * Does what a job asks for and returns the proof; undefined where the store knows nothing of the zone, or a newer state is on
 * its way. Rejects as `Applier.apply`, `Applier.remove` and `Trust.admit` do, and with SignaturesExpiredError,
 * CorruptSnapshotError, MissingSnapshotError and StaleStoreError.
 */
export async function syncZone(
  {store, applier, trust, admits, now}: SyncParts,
  job: SyncJob,
  signal: AbortSignal,
): Promise<Proof | 'not-admitted' | undefined> {
  const candidate = await newest(store, applier, job, signal)
  if (!candidate) {
    if (!job.orphan) return undefined
    trust.admitRemoval(job.zone)
    await applier.remove({zone: job.zone, revision: 0}, signal)
    return undefined
  }
  // What was overtaken needs no proof: the state that overtook it has its own.
  if (!applier.isCurrent(candidate.state)) return undefined
  const found = await admitted({store, trust}, candidate, signal)
  const {state} = found
  const event = Math.max(state.event, job.event)
  if (state.kind === 'tombstone') {
    await applier.remove(state, signal)
    return {outcome: 'removed', revision: state.revision, event, transferred: false}
  }
  const {revision, fingerprint} = state
  const proof = {outcome: 'served', revision, event, serial: fingerprint.serial} as const
  if (!job.force && (await applier.confirm(state, signal))) {
    return {...proof, transferred: false}
  }
  // It may have expired on its way here, which for a secondary that was away is a long one.
  refuseExpired(state, now())
  if (!admits(state)) return 'not-admitted'
  const snapshot = await snapshotOf(store, found, signal)
  if (!snapshot) return undefined
  // Whoever insists may know of records that are not as they were proved.
  await applier.apply(snapshot, signal, {whole: job.force})
  return {...proof, transferred: true}
}

/** What is let in: the candidate, or what the store has by now, where that was let in already, by another way than this job. */
async function admitted(
  {store, trust}: Pick<SyncParts, 'store' | 'trust'>,
  candidate: Found,
  signal: AbortSignal,
): Promise<Found> {
  const {zone, revision} = candidate.state
  try {
    await trust.admit(candidate.state, signal)
    return candidate
  } catch (error) {
    const newer = error instanceof ReplayedStateError ? await store.get(zone, signal) : undefined
    if (!newer || newer.state.revision <= revision) throw error
    await trust.admit(newer.state, signal)
    return newer
  }
}

async function newest(
  store: SnapshotStore,
  applier: Applier,
  job: SyncJob,
  signal: AbortSignal,
): Promise<Found | undefined> {
  const {delivery, body, event, force, leastRevision} = job
  if (!delivery) return notOlder(store, job, leastRevision, signal)
  const {state} = delivery
  const overtaken = !applier.isCurrent(state) || state.revision < leastRevision
  // Somebody waits for an answer that an overtaken delivery cannot give.
  if ((event > 0 || force) && overtaken) return notOlder(store, job, leastRevision, signal)
  const inHand = state.kind === 'tombstone' || state.object !== undefined
  if (inHand || body) return {state, body: body ?? NOTHING}
  return notOlder(store, job, state.revision, signal)
}

/** What we read from, a replica or a mirror, may be a moment behind what we have heard. */
const LAGS_MS = [10, 50, 250]

async function notOlder(
  store: SnapshotStore,
  {zone}: SyncJob,
  revision: number,
  signal: AbortSignal,
): Promise<Found | undefined> {
  for (const lag of [...LAGS_MS, undefined]) {
    const found = await store.get(zone, signal)
    if (!found || found.state.revision >= revision) return found
    if (lag !== undefined) await sleep(lag, signal)
  }
  throw new StaleStoreError(`the store answers with an older state of ${zone} than it has told of`)
}

/** Undefined where a newer version took its place in this moment. */
async function snapshotOf(
  store: SnapshotStore,
  {state, body}: Found,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  if (state.kind !== 'version') return undefined
  const packed = state.object ? await store.fetchObject(state, signal) : body
  if (packed) return {version: state, messages: await unpackMessages(state, packed)}
  const current = await store.get(state.zone, signal)
  if (current?.state.revision !== state.revision) return undefined
  throw new MissingSnapshotError(`the store has ${state.zone} but not its snapshot`, {
    hints: [`Run \`pdist zone push ${state.zone}\` to store it anew from the primary`],
  })
}
