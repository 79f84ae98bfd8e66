import {randomUUID} from 'node:crypto'
import type {ZoneName} from '../dns/name.js'
import type {Transfer} from '../dns/transfer.js'
import {TransferRefusedError} from '../dns/transfer-errors.js'
import {zoneKey} from '../zone/key.js'
import type {Provision} from '../zone/report.js'
import {CorruptSnapshotError, packMessages, unpackMessages} from '../zone/snapshot.js'
import type {Stored, Tombstone, Version} from '../zone/version.js'
import {type AdmissionPolicy, admit, expiryOf, notYetValid} from './admission.js'
import {ContendedZoneError, TransferDeniedError} from './errors.js'

/** Somebody put something else in a zone's place: as good as nothing there, but for the revision to replace. */
interface Unreadable {
  kind: 'unreadable'
  revision: number
}

type Known = Stored | Unreadable | undefined

interface StoredZone {
  state: Stored
  /** The packed messages where they are not in the object store. */
  body: Uint8Array
}

/** The primary, as far as providing a zone needs it. */
export interface Primary {
  transfer(zone: ZoneName, signal: AbortSignal): Promise<Transfer>
  /** Asks the API, which knows, where a refused transfer may have many reasons. */
  hasZone(zone: ZoneName, signal: AbortSignal): Promise<boolean>
  /** Makes the primary look for the zone in its database again. */
  flush(zone: ZoneName, signal: AbortSignal): Promise<void>
}

export interface VersionStore {
  /** Rejects with an error of code PDIST_MALFORMED_MESSAGE and a `revision` where what is there cannot be read. */
  get(zone: ZoneName, signal?: AbortSignal): Promise<StoredZone | undefined>
  /** Undefined where there is no such object. */
  fetchObject(version: Version, signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** Rejects with an error of code PDIST_REVISION_CONFLICT where `expected` is not the newest revision. */
  put(version: Version, packed: Uint8Array, expected: number): Promise<number>
  bury(tombstone: Tombstone, expected: number): Promise<number>
  dropObject(name: string): Promise<void>
}

export interface ProvideOptions {
  primary: Primary
  store: VersionStore
  /** Packed messages up to this many bytes travel in the zone's own message, larger ones through the object store. */
  inlineBytes: number
  admission: AdmissionPolicy
  now(): number
  /** Told of a stored zone whose SOA's signatures all begin later than in an hour: `inception` is seconds as on the wire. */
  onNotYetValid?(zone: ZoneName, inception: number): void
  /** Told of a replaced object that could not be removed; the sweep finds it later. */
  onLeftover(object: string, error: unknown): void
}

/** Distributive over the union of outcomes. */
type Outcome<P = Provision> = P extends Provision ? Omit<P, 'zone' | 'event' | 'at'> : never

const TRIES = 8
const CONFLICT = 'PDIST_REVISION_CONFLICT'
const UNREADABLE = 'PDIST_MALFORMED_MESSAGE'

/**
 * Brings the store up to date with one zone of the primary.
 *
 * The revision that a write replaces is read before its transfer begins. So of two writers the one that transferred earlier
 * meets a conflict and starts again: the store never goes back in time, whatever the serials say.
 */
export class ZoneProvision {
  readonly #options: ProvideOptions
  /** What this process last saw in the store: spares a question per change, and a wrong entry only costs a second try. */
  readonly #known = new Map<ZoneName, Known>()

  constructor(options: ProvideOptions) {
    this.#options = options
  }

  /** `event` is the newest event that this covers, `deleted` whether it says that the zone is gone. */
  async provide(zone: ZoneName, event: number, deleted: boolean, signal: AbortSignal): Promise<Outcome> {
    for (let tries = 0; tries < TRIES; tries++) {
      const known = this.#known.has(zone) ? this.#known.get(zone) : (await this.#look(zone, signal)).known
      const transfer = await this.#transfer(zone, deleted, signal)
      try {
        const outcome = transfer
          ? await this.#store(transfer, event, known, signal)
          : await this.#bury(zone, event, known, signal)
        if (outcome) return outcome
      } catch (error) {
        if (!isConflict(error)) throw error
      }
      this.#known.delete(zone)
    }
    throw new ContendedZoneError(`${zone} was changed in the store by others ${TRIES} times in a row`)
  }

  /** The zone's messages, or undefined where the primary has no such zone. */
  async #transfer(zone: ZoneName, deleted: boolean, signal: AbortSignal): Promise<Transfer | undefined> {
    const {primary} = this.#options
    if (deleted && !(await primary.hasZone(zone, signal))) return undefined
    try {
      return await primary.transfer(zone, signal)
    } catch (error) {
      if (!(error instanceof TransferRefusedError)) throw error
      if (!(await primary.hasZone(zone, signal))) return undefined
      return this.#transferAfterFlush(zone, signal)
    }
  }

  /** A zone made with pdnsutil is answered for only after the zone cache was refreshed: every 300 s, or when asked to. */
  async #transferAfterFlush(zone: ZoneName, signal: AbortSignal): Promise<Transfer> {
    const {primary} = this.#options
    await primary.flush(zone, signal)
    try {
      return await primary.transfer(zone, signal)
    } catch (cause) {
      if (!(cause instanceof TransferRefusedError)) throw cause
      throw new TransferDeniedError(`the primary has ${zone} but does not transfer it: ${cause.message}`, {
        cause,
        hints: [
          'Allow this host in `allow-axfr-ips` on the primary, or configure `primary.tsig_name`',
          `Check that the zone has a SOA record: \`pdnsutil check-zone ${zone}\``,
        ],
      })
    }
  }

  /** Undefined: what we knew of the store was out of date; look again. */
  async #store(
    transfer: Transfer,
    event: number,
    known: Known,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    await admit(transfer, this.#options.admission, this.#options.now(), signal)
    if (known?.kind === 'version' && this.#isSame(known, transfer)) {
      const current = await this.#look(transfer.zone, signal)
      if (current.known?.revision !== known.revision) return undefined
      if (await this.#isIntact(known, current.body, signal))
        return {outcome: 'unchanged', revision: known.revision}
    }
    const {packed, digest} = await packMessages(transfer.messages)
    const version = this.#versionOf(transfer, event, digest, packed.length)
    const revision = await this.#options.store.put(version, packed, known?.revision ?? 0)
    await this.#remember({...version, revision}, known)
    const inception = notYetValid(transfer, this.#options.now())
    if (inception !== undefined) this.#options.onNotYetValid?.(transfer.zone, inception)
    return {outcome: 'stored', revision}
  }

  /** Also in what the header says of its signatures: the secondaries go by that. */
  #isSame({content, expires, mayExpire}: Version, transfer: Transfer): boolean {
    const expiry = expiryOf(transfer, this.#options.admission)
    return content === transfer.content && expires === expiry.expires && mayExpire === expiry.mayExpire
  }

  /** Whether the secondaries can make use of the version: an operator's push must mend a store that lost something. */
  async #isIntact(version: Version, body: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const packed = version.object ? await this.#options.store.fetchObject(version, signal) : body
    if (!packed) return false
    try {
      await unpackMessages(version, packed)
      return true
    } catch (error) {
      if (error instanceof CorruptSnapshotError) return false
      throw error
    }
  }

  async #bury(
    zone: ZoneName,
    event: number,
    known: Known,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    if (known && known.kind !== 'tombstone') {
      const tombstone: Tombstone = {kind: 'tombstone', zone, event, at: this.#options.now()}
      const revision = await this.#options.store.bury(tombstone, known.revision)
      await this.#remember({...tombstone, revision}, known)
      return {outcome: 'tombstone', revision}
    }
    const {known: current} = await this.#look(zone, signal)
    if (current?.revision !== known?.revision) return undefined
    return current ? {outcome: 'tombstone', revision: current.revision} : {outcome: 'absent'}
  }

  #versionOf(transfer: Transfer, event: number, digest: string, packed: number): Version {
    const {zone, soa, signatures, keySet, content, records, bytes, messages} = transfer
    const fingerprint = {serial: soa.serial, signatures, ...(keySet === undefined ? {} : {keySet})}
    const at = this.#options.now()
    // Never the name of another writer's object, who may have transferred the same in the same millisecond.
    const object =
      packed > this.#options.inlineBytes ? {object: `${zoneKey(zone)}/${at}-${randomUUID()}`} : {}
    const counts = {records, bytes, messages: messages.length, packed}
    const about = {fingerprint, content, digest, ...expiryOf(transfer, this.#options.admission)}
    return {kind: 'version', zone, ...about, ...counts, ...object, event, at}
  }

  async #look(zone: ZoneName, signal: AbortSignal): Promise<{known: Known; body: Uint8Array}> {
    const {state: known, body} = await this.#read(zone, signal)
    this.#set(zone, known)
    return {known, body}
  }

  async #read(zone: ZoneName, signal: AbortSignal): Promise<{state: Known; body: Uint8Array}> {
    const body = new Uint8Array()
    try {
      return (await this.#options.store.get(zone, signal)) ?? {state: undefined, body}
    } catch (error) {
      const revision = unreadableRevision(error)
      if (revision === undefined) throw error
      return {state: {kind: 'unreadable', revision}, body}
    }
  }

  async #remember(stored: Stored, replaced: Known): Promise<void> {
    this.#set(stored.zone, stored)
    if (replaced?.kind !== 'version' || !replaced.object) return
    try {
      await this.#options.store.dropObject(replaced.object)
    } catch (error) {
      this.#options.onLeftover(replaced.object, error)
    }
  }

  /** The zones that changed last stay known. */
  #set(zone: ZoneName, state: Known): void {
    this.#known.delete(zone)
    this.#known.set(zone, state)
    if (this.#known.size <= 50_000) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === CONFLICT
}

function unreadableRevision(error: unknown): number | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === UNREADABLE)) return undefined
  return 'revision' in error && typeof error.revision === 'number' ? error.revision : undefined
}
