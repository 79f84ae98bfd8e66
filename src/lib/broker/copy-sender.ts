import {headers, type Msg, type NatsConnection} from 'nats'
import {withTimeout} from '../async/abort.js'
import {Slots} from '../async/slots.js'
import {PdistError} from '../errors.js'
import type {ZoneCopy} from '../zone/command.js'
import {packMessages} from '../zone/snapshot.js'
import {encodeJson} from './codec.js'
import {type CopyHead, PART_HEADER, SIGN_OF_LIFE_MS} from './copy-parts.js'

/** Too many wait for a copy. */
export class CopyBusyError extends PdistError {
  readonly code = 'PDIST_COPY_BUSY'
}

const MAX_PART_BYTES = 512 * 1024
/** Of a message, for its headers. */
const HEADER_ROOM = 1024
const MAX_WAITING = 8
/** Until the broker has taken one part. */
const FLUSH_MS = 10_000

/** Answers requests for copies of zones, one after the other, each in several messages. */
export class CopySender {
  readonly #nc: NatsConnection
  readonly #turns = new Slots(1)
  #waiting = 0

  constructor(nc: NatsConnection) {
    this.#nc = nc
  }

  /** Rejects with CopyBusyError, and as `make` does; whoever asked is told of life meanwhile. */
  async answer(request: Msg, make: () => Promise<ZoneCopy>): Promise<void> {
    if (this.#waiting >= MAX_WAITING) {
      throw new CopyBusyError('too many copies of zones are asked for at the same time', {
        hints: ['Try again'],
      })
    }
    this.#waiting++
    const sign = setInterval(() => this.#showLife(request), SIGN_OF_LIFE_MS)
    try {
      await this.#turns.hold(async () => {
        const copy = await make()
        const {packed, digest} = await packMessages(copy.messages)
        clearInterval(sign)
        await this.#send(request, copy, {packed, digest})
      })
    } finally {
      clearInterval(sign)
      this.#waiting--
    }
  }

  /** On a connection that is being closed it would throw, where nobody catches it. */
  #showLife(request: Msg): void {
    if (!this.#nc.isClosed() && !this.#nc.isDraining()) request.respond(headOf({state: 'working'}))
  }

  async #send(
    request: Msg,
    {messages, records}: ZoneCopy,
    {packed, digest}: {packed: Uint8Array; digest: string},
  ): Promise<void> {
    const bytes = messages.reduce((sum, {length}) => sum + length, 0)
    const size = Math.min(MAX_PART_BYTES, (this.#nc.info?.max_payload ?? MAX_PART_BYTES) - HEADER_ROOM)
    const parts = Math.ceil(packed.length / size)
    const counts = {bytes, messages: messages.length, records, packed: packed.length, parts}
    request.respond(headOf({state: 'ready', ...counts, digest}))
    for (let part = 1; part <= parts; part++) {
      const named = headers()
      named.set(PART_HEADER, `${part}/${parts}`)
      request.respond(packed.subarray((part - 1) * size, part * size), {headers: named})
      // Without it, all parts would pile up in this process where the broker is slow.
      await this.#flush()
    }
  }

  #flush(): Promise<void> {
    return withTimeout(FLUSH_MS, undefined, (late) => {
      const {promise, reject} = Promise.withResolvers<never>()
      late.addEventListener('abort', () => reject(late.reason), {once: true})
      return Promise.race([this.#nc.flush(), promise])
    })
  }
}

function headOf(head: CopyHead): Uint8Array {
  return encodeJson({ok: head})
}
