import {JetStreamApiError, type StoredMsg} from '@nats-io/jetstream'
import {type ObjectStore, Objm} from '@nats-io/obj'
import type {ZoneName} from '../dns/name.js'
import {zoneKey} from '../zone/key.js'
import type {Stored, Tombstone, Version, ZoneState} from '../zone/version.js'
import type {Broker} from './connection.js'
import {MalformedMessageError, RevisionConflictError} from './errors.js'
import {stateHeaders, stateOf} from './zone-message.js'

export interface StoredZone {
  state: Stored
  /** The packed messages where they are the message's body; empty for tombstones and for references. */
  body: Uint8Array
}

const WRONG_LAST_SEQUENCE = 10071
/** Well under NATS's default limit of 1 MB for a message. */
const OBJECT_CHUNK_BYTES = 256 * 1024

/** Each zone's newest version or tombstone (`pdist-zones`), and the bodies that are too large for it (`pdist-large`). */
export class ZoneStore {
  readonly #broker: Broker
  #objects: Promise<ObjectStore> | undefined

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** The newest state of one zone, or undefined where the store never heard of it. */
  async get(zone: ZoneName): Promise<StoredZone | undefined> {
    const {names, jsm} = this.#broker
    const message: StoredMsg | null = await jsm.direct.getMessage(names.zoneStream, {
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
    if (!version.object) return this.#write(version, packed, expected)
    const objects = await this.#openObjects()
    await objects.putBlob({name: version.object, options: {max_chunk_size: OBJECT_CHUNK_BYTES}}, packed)
    try {
      return await this.#write(version, new Uint8Array(), expected)
    } catch (error) {
      await objects.delete(version.object)
      throw error
    }
  }

  /** Marks a zone as gone, under the same condition as `put`. */
  async bury(tombstone: Tombstone, expected: number): Promise<number> {
    return this.#write(tombstone, new Uint8Array(), expected)
  }

  /** The packed messages of a version whose body is a reference; undefined where a newer version took its place. */
  async fetchObject(version: Version): Promise<Uint8Array | undefined> {
    const objects = await this.#openObjects()
    return (await objects.getBlob(version.object ?? '')) ?? undefined
  }

  /** Removes the object of a version that was replaced. */
  async dropObject(name: string): Promise<void> {
    const objects = await this.#openObjects()
    await objects.delete(name)
  }

  /** Names and ages of all objects, for finding those that a crash left behind. */
  async listObjects(): Promise<Array<{name: string; modified: number}>> {
    const objects = await this.#openObjects()
    return (await objects.list()).map(({name, mtime}) => ({name, modified: Date.parse(mtime)}))
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
   */
  async *list(
    signal: AbortSignal,
    onMalformed: (error: MalformedMessageError) => void,
  ): AsyncGenerator<Stored> {
    const {names, js, jsm} = this.#broker
    const {state} = await jsm.streams.info(names.zoneStream)
    if (state.messages === 0) return
    const consumer = await js.consumers.get(names.zoneStream, {
      filter_subjects: names.zone('>'),
      headers_only: true,
      inactive_threshold: 30_000,
    })
    const messages = await consumer.consume({max_messages: 5000})
    const stop = () => messages.stop()
    signal.addEventListener('abort', stop, {once: true})
    try {
      for await (const message of messages) {
        const stored = readable(message, onMalformed)
        if (stored) yield stored
        if (message.info.pending === 0) break
      }
      signal.throwIfAborted()
    } finally {
      signal.removeEventListener('abort', stop)
      messages.stop()
      await consumer.delete()
    }
  }

  async #write(state: ZoneState, body: Uint8Array, expected: number): Promise<number> {
    const {names, js} = this.#broker
    try {
      const ack = await js.publish(names.zone(zoneKey(state.zone)), body, {
        headers: stateHeaders(state),
        expect: {lastSubjectSequence: expected},
      })
      return ack.seq
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE)) throw error
      throw new RevisionConflictError(`${state.zone} has another revision in the store than ${expected}`, {
        cause: error,
      })
    }
  }

  #openObjects(): Promise<ObjectStore> {
    const opened =
      this.#objects ?? new Objm(this.#broker.js).open(this.#broker.names.largeBucket, {check: false})
    opened.catch(() => {
      this.#objects = undefined
    })
    this.#objects = opened
    return opened
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
