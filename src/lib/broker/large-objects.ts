import {type ObjectStore, Objm} from '@nats-io/obj'
import {withTimeout} from '../async/abort.js'
import type {Broker} from './connection.js'
import {BrokerUnavailableError, MalformedMessageError} from './errors.js'

/** Well under NATS's default limit of 1 MB for a message. */
const CHUNK_BYTES = 256 * 1024
/** The client waits for ever for a chunk that was removed after the object was found. */
const STALLED_MS = 5000

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
   * Reads an object of so many bytes; undefined where there is none. Rejects with BrokerUnavailableError where nothing comes
   * for five seconds, MalformedMessageError where it has another size, and with the signal's reason.
   */
  async get(name: string, bytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const objects = await this.#open()
    const object = await objects.get(name)
    if (!object) return undefined
    if (object.info.size !== bytes) {
      throw new MalformedMessageError(`the object ${name} has ${object.info.size} bytes instead of ${bytes}`)
    }
    const reader = object.data.getReader()
    try {
      return await collect(reader, bytes, name, signal)
    } finally {
      // Its own failures come out of the reader too.
      object.error.catch(() => undefined)
      await reader.cancel().catch(() => undefined)
    }
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

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  bytes: number,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const data = Buffer.allocUnsafe(bytes)
  let length = 0
  for (;;) {
    const {done, value} = await inTime(reader, name, signal)
    if (done || length + value.length > bytes) {
      if (done && length === bytes) return data
      throw new MalformedMessageError(`the object ${name} has not the ${bytes} bytes that it announces`)
    }
    data.set(value, length)
    length += value.length
  }
}

async function inTime(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  name: string,
  signal: AbortSignal | undefined,
) {
  return withTimeout(STALLED_MS, signal, (ending) => {
    const {promise, reject} = Promise.withResolvers<never>()
    const stalled = () =>
      reject(
        signal?.aborted
          ? signal.reason
          : new BrokerUnavailableError(`nothing comes of the object ${name} any more`),
      )
    ending.addEventListener('abort', stalled, {once: true})
    if (ending.aborted) stalled()
    return Promise.race([reader.read(), promise])
  })
}
