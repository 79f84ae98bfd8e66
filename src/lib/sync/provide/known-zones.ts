import type {ZoneName} from '../../dns/name.js'
import {CorruptSnapshotError, unpackMessages} from '../../zone/snapshot.js'
import type {Stored, Version} from '../../zone/version.js'

/** Somebody put something else in a zone's place: as good as nothing there, but for the revision to replace. */
interface Unreadable {
  kind: 'unreadable'
  revision: number
}

export type Known = Stored | Unreadable | undefined

interface StoredZone {
  state: Stored
  /** The packed messages where they are not in the object store. */
  body: Uint8Array
}

/** The store, as far as knowing what it has needs it. */
export interface LookedAtStore {
  /** Rejects with an error of code PDIST_MALFORMED_MESSAGE and a `revision` where what is there cannot be read. */
  get(zone: ZoneName, signal?: AbortSignal): Promise<StoredZone | undefined>
  /** Undefined where there is no such object. */
  fetchObject(version: Version, signal?: AbortSignal): Promise<Uint8Array | undefined>
  dropObject(name: string): Promise<void>
}

export interface KnownZonesOptions {
  store: LookedAtStore
  /** Told of a replaced object that could not be removed; the sweep finds it later. */
  onLeftover(object: string, error: unknown): void
}

const UNREADABLE = 'PDIST_MALFORMED_MESSAGE'
/** The zones that changed last stay known. */
const REMEMBERED = 50_000

/** What this process last saw in the store: spares a question per change, and a wrong entry only costs a second try. */
export class KnownZones {
  readonly #options: KnownZonesOptions
  readonly #known = new Map<ZoneName, Known>()

  constructor(options: KnownZonesOptions) {
    this.#options = options
  }

  async get(zone: ZoneName, signal: AbortSignal): Promise<Known> {
    return this.#known.has(zone) ? this.#known.get(zone) : (await this.look(zone, signal)).known
  }

  /** Without a look. */
  peek(zone: ZoneName): Known {
    return this.#known.get(zone)
  }

  /** Asks the store. */
  async look(zone: ZoneName, signal: AbortSignal): Promise<{known: Known; body: Uint8Array}> {
    const {state: known, body} = await this.#read(zone, signal)
    this.#set(zone, known)
    return {known, body}
  }

  forget(zone: ZoneName): void {
    this.#known.delete(zone)
  }

  /** What was just stored, and what it replaced: that one's object is of no use any more. */
  async replaced(stored: Stored, replaced: Known): Promise<void> {
    this.#set(stored.zone, stored)
    if (replaced?.kind !== 'version' || !replaced.object) return
    try {
      await this.#options.store.dropObject(replaced.object)
    } catch (error) {
      this.#options.onLeftover(replaced.object, error)
    }
  }

  /** Whether the secondaries can make use of the version: an operator's push must mend a store that lost something. */
  async isIntact(version: Version, body: Uint8Array, signal: AbortSignal): Promise<boolean> {
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

  #set(zone: ZoneName, state: Known): void {
    this.#known.delete(zone)
    this.#known.set(zone, state)
    if (this.#known.size <= REMEMBERED) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }
}

function unreadableRevision(error: unknown): number | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === UNREADABLE)) return undefined
  return 'revision' in error && typeof error.revision === 'number' ? error.revision : undefined
}
