import {JetStreamApiError, PubHeaders, type StoredMsg} from '@nats-io/jetstream'
import type {ZoneName} from '../dns/name.js'
import {InvalidZoneKeyError, zoneKey, zoneOfKey} from '../zone/key.js'
import type {Stored, Tombstone, Version, ZoneState} from '../zone/version.js'
import type {Broker} from './connection.js'
import {MalformedMessageError, RevisionConflictError} from './errors.js'
import {LargeObjects} from './large-objects.js'
import {everyMessage, ownConsumer} from './messages.js'
import {stateHeaders, stateOf} from './zone-message.js'

export interface StoredZone {
  state: Stored
  /** The packed messages where they are the message's body; empty for tombstones and for references. */
  body: Uint8Array
}

const WRONG_LAST_SEQUENCE = 10071

/** Each zone's newest version or tombstone (`pdist-zones`), and the bodies that are too large for it (`pdist-large`). */
export class ZoneStore {
  readonly #broker: Broker
  readonly #objects: LargeObjects

  constructor(broker: Broker) {
    this.#broker = broker
    this.#objects = new LargeObjects(broker)
  }

  /** The newest state of one zone, or undefined where the store never heard of it. */
  async get(zone: ZoneName): Promise<StoredZone | undefined> {
    const {names, zones} = this.#broker
    const message: StoredMsg | null = await zones.jsm.direct.getMessage(zones.stream, {
      last_by_subj: names.zone(zoneKey(zone)),
    })
    if (!message) return undefined
    return {
      state: stateOf({subject: message.subject, seq: message.seq, headers: message.header}),
      body: message.data,
    }
  }

  /**
   * Stores a version in place of the revision that the caller saw (0: nothing), and returns its own revision.
   * Rejects with RevisionConflictError where the store has another by now.
   */
  async put(version: Version, packed: Uint8Array, expected: number): Promise<number> {
    const {object} = version
    if (!object) return this.#write(version, packed, expected)
    await this.#objects.put(object, packed)
    try {
      return await this.#write(version, new Uint8Array(), expected)
    } catch (error) {
      // Any other error leaves open whether the version is stored; the sweep removes what nothing refers to.
      if (error instanceof RevisionConflictError) await this.#objects.drop(object).catch(() => undefined)
      throw error
    }
  }

  /** Marks a zone as gone, under the same condition as `put`. */
  async bury(tombstone: Tombstone, expected: number): Promise<number> {
    return this.#write(tombstone, new Uint8Array(), expected)
  }

  /** The packed messages of a version whose body is a reference; undefined where there is no such object (any more). */
  async fetchObject({object, packed}: Version, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return object === undefined ? undefined : this.#objects.get(object, packed, signal)
  }

  /** Removes the object of a version that was replaced. */
  async dropObject(name: string): Promise<void> {
    await this.#objects.drop(name)
  }

  /** Names and ages of all objects, for finding those that a crash left behind. */
  listObjects(): Promise<Array<{name: string; modified: number}>> {
    return this.#objects.list()
  }

  /** The names of all zones, deleted ones too, by the subjects alone: for completion, much quicker than `list`. */
  async names(): Promise<ZoneName[]> {
    const {names, jsm} = this.#broker
    const {state} = await jsm.streams.info(names.zoneStream, {subjects_filter: names.zone('>')})
    const start = names.zone('>').length - 1
    return Object.keys(state.subjects ?? {}).flatMap((subject) => nameOf(subject.slice(start)) ?? [])
  }

  /** The newest revision of all that the store has. */
  async newestRevision(): Promise<number> {
    const {names, jsm} = this.#broker
    return (await jsm.streams.info(names.zoneStream)).state.last_seq
  }

  /** Removes a tombstone for good, if it is still the zone's newest state. */
  async forget(state: Stored<Tombstone>): Promise<void> {
    const {names, jsm} = this.#broker
    await jsm.streams.purge(names.zoneStream, {
      filter: names.zone(zoneKey(state.zone)),
      seq: state.revision + 1,
    })
  }

  /**
   * The states of all zones, without their bodies. A message that is none of ours is skipped and told to `onMalformed`.
   * Rejects as `everyMessage` does: a list that ends without an error is whole.
   */
  async *list(
    signal: AbortSignal,
    onMalformed: (error: MalformedMessageError) => void,
  ): AsyncGenerator<Stored> {
    const {names, zones} = this.#broker
    const consumer = await ownConsumer(zones, zones.stream, {
      filter_subjects: names.zone('>'),
      headers_only: true,
    })
    for await (const message of everyMessage(consumer, signal)) {
      const stored = readable(message, onMalformed)
      if (stored) yield stored
    }
  }

  async #write(state: ZoneState, body: Uint8Array, expected: number): Promise<number> {
    const {names, publisher} = this.#broker
    const headers = stateHeaders(state)
    headers.set(PubHeaders.ExpectedLastSubjectSequenceHdr, String(expected))
    try {
      return await publisher.publish(names.toBucket(names.zone(zoneKey(state.zone))), body, headers)
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE)) throw error
      throw new RevisionConflictError(`${state.zone} has another revision in the store than ${expected}`, {
        cause: error,
      })
    }
  }
}

function readable(
  message: Parameters<typeof stateOf>[0],
  onMalformed: (error: MalformedMessageError) => void,
): Stored | undefined {
  try {
    return stateOf(message)
  } catch (error) {
    onMalformed(
      error instanceof MalformedMessageError
        ? error
        : new MalformedMessageError(`the message on ${message.subject} is malformed`, {cause: error}),
    )
    return undefined
  }
}

/** Undefined where somebody else wrote under a subject of ours. */
function nameOf(key: string): ZoneName | undefined {
  try {
    return zoneOfKey(key)
  } catch (error) {
    if (error instanceof InvalidZoneKeyError) return undefined
    throw error
  }
}
