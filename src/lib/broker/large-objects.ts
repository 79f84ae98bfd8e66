import {type ObjectStore, Objm} from '@nats-io/obj'
import {z} from 'zod'
import {sleep} from '../async/abort.js'
import {countSchema, decodeJson} from './codec.js'
import type {Broker} from './connection.js'
import {MalformedMessageError} from './errors.js'

/** Well under NATS's default limit of 1 MB for a message. */
const CHUNK_BYTES = 256 * 1024
const REPLICA_LAGS_MS = [20, 200]

/** What the object store's clients write of an object. */
const noteSchema = z.lazy(() =>
  z.object({
    nuid: z.string().regex(/^[A-Za-z0-9]{1,64}$/),
    size: countSchema,
    deleted: z.boolean().default(false),
  }),
)

/** The bodies that are too large for a message of the zone store (`pdist-large`). */
export class LargeObjects {
  readonly #broker: Broker
  #opened: Promise<ObjectStore> | undefined

  constructor(broker: Broker) {
    this.#broker = broker
  }

  async put(name: string, data: Uint8Array): Promise<void> {
    const objects = await this.#open()
    await objects.putBlob({name, options: {max_chunk_size: CHUNK_BYTES}}, data)
  }

  /**
   * Reads an object of so many bytes; undefined where there is none, or where a part of it is gone. Rejects with
   * MalformedMessageError where it has another size, and with the signal's reason. Message by message and without a consumer: who
   * may make consumers may have them deliver to any subject, which a secondary must not.
   */
  async get(name: string, bytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    for (const delay of REPLICA_LAGS_MS) {
      const found = await this.#read(name, bytes, signal)
      if (found) return found
      // It may be there, and not yet on the replica that answered.
      await sleep(delay, signal)
    }
    return this.#read(name, bytes, signal)
  }

  async #read(name: string, bytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const {jsm, names} = this.#broker
    const note = await jsm.direct.getMessage(names.largeStream, {last_by_subj: names.largeNote(name)})
    if (!note) return undefined
    const {nuid, size, deleted} = decodeJson(noteSchema, note.data, note.subject)
    if (deleted) return undefined
    if (size !== bytes) throw otherSize(name, bytes)
    const data = Buffer.allocUnsafe(bytes)
    let length = 0
    let seq = 1
    while (length < bytes) {
      signal?.throwIfAborted()
      const chunk = await jsm.direct.getMessage(names.largeStream, {
        seq,
        next_by_subj: names.largeChunks(nuid),
      })
      if (!chunk) return undefined
      if (chunk.data.length === 0 || length + chunk.data.length > bytes) throw otherSize(name, bytes)
      data.set(chunk.data, length)
      length += chunk.data.length
      seq = chunk.seq + 1
    }
    return data
  }

  /** Removes an object, and what the client would keep of it for ever: a note that it was deleted. */
  async drop(name: string): Promise<void> {
    const {jsm, names} = this.#broker
    const objects = await this.#open()
    await objects.delete(name)
    await jsm.streams.purge(names.largeStream, {filter: names.largeNote(name)})
  }

  async list(): Promise<Array<{name: string; modified: number}>> {
    const objects = await this.#open()
    return (await objects.list()).map(({name, mtime}) => ({name, modified: Date.parse(mtime)}))
  }

  #open(): Promise<ObjectStore> {
    if (this.#opened) return this.#opened
    const {js, names} = this.#broker
    const opened = new Objm(js).open(names.largeBucket, {check: false})
    opened.catch(() => {
      this.#opened = undefined
    })
    this.#opened = opened
    return opened
  }
}

function otherSize(name: string, bytes: number): MalformedMessageError {
  return new MalformedMessageError(`the object ${name} has not the ${bytes} bytes that it announces`)
}
