import {createInbox, type Msg, NoRespondersError, TimeoutError} from 'nats'
import {withTimeout} from '../async/abort.js'
import type {ZoneName} from '../dns/name.js'
import {MAX_COPY_BYTES, type ZoneCopy} from '../zone/command.js'
import {unpackMessages} from '../zone/snapshot.js'
import {decodeAnswer} from './answer.js'
import {decode} from './codec.js'
import type {Broker} from './connection.js'
import {copyHeadSchema, PART_HEADER, type ReadyHead, SIGN_OF_LIFE_MS} from './copy-parts.js'
import {MalformedMessageError} from './errors.js'

export interface CopyLimits {
  /** For the whole copy. */
  timeoutMs: number
  signal: AbortSignal
}

interface CopyRequest {
  subject: string
  request: Uint8Array
  zone: ZoneName
}

/** No sign of life for so long. */
const SILENT_MS = 5 * SIGN_OF_LIFE_MS

/**
 * Asks for a copy and puts its parts together. Rejects with MalformedMessageError, RefusedError, CorruptSnapshotError, NATS's
 * TimeoutError and NoRespondersError, and the signal's reason.
 */
export async function receiveCopy(
  {nc, inboxPrefix}: Broker,
  {subject, request, zone}: CopyRequest,
  {timeoutMs, signal}: CopyLimits,
): Promise<ZoneCopy> {
  const parts = new CopyParts(zone)
  const reply = createInbox(inboxPrefix)
  const answers = nc.subscribe(reply)
  const stop = () => answers.unsubscribe()
  const silence = setTimeout(stop, SILENT_MS)
  await withTimeout(timeoutMs, signal, async (ending) => {
    ending.addEventListener('abort', stop, {once: true})
    if (ending.aborted) stop()
    nc.publish(subject, request, {reply})
    for await (const answer of answers) {
      silence.refresh()
      if (isUnheard(answer)) throw new NoRespondersError(subject)
      if (parts.add(answer)) return
    }
    signal.throwIfAborted()
    throw new TimeoutError()
  }).finally(() => {
    clearTimeout(silence)
    stop()
  })
  return parts.finish()
}

/** The broker's own answer where nobody listens. */
function isUnheard({data, headers}: Msg): boolean {
  return data.length === 0 && headers?.code === 503
}

/** The parts of a copy, as they come. */
class CopyParts {
  readonly #zone: ZoneName
  readonly #parts: Uint8Array[] = []
  #head: ReadyHead | undefined
  #bytes = 0

  constructor(zone: ZoneName) {
    this.#zone = zone
  }

  /** True with the last one. */
  add(answer: Msg): boolean {
    const part = answer.headers?.get(PART_HEADER)
    if (part) return this.#addPart(part, answer)
    const head = decode(copyHeadSchema, decodeAnswer(answer), answer.subject)
    if (head.state === 'working') return false
    if (this.#head) throw malformed(this.#zone, 'begins twice')
    if (head.bytes > MAX_COPY_BYTES || head.packed > MAX_COPY_BYTES || head.messages > head.bytes) {
      throw malformed(this.#zone, `is announced with ${head.bytes} bytes, more than ${MAX_COPY_BYTES}`)
    }
    this.#head = head
    return head.parts === 0
  }

  #addPart(part: string, {data}: Msg): boolean {
    if (!this.#head) throw malformed(this.#zone, 'has no beginning')
    const {packed, parts} = this.#head
    this.#bytes += data.length
    if (part !== `${this.#parts.length + 1}/${parts}` || this.#bytes > packed) {
      throw malformed(
        this.#zone,
        `has the part ${part.slice(0, 30)} behind ${this.#parts.length} of ${parts}`,
      )
    }
    this.#parts.push(data)
    return this.#parts.length === parts
  }

  async finish(): Promise<ZoneCopy> {
    const head = this.#head
    if (head?.packed !== this.#bytes) throw malformed(this.#zone, 'is not whole')
    const messages = await unpackMessages({...head, zone: this.#zone}, Buffer.concat(this.#parts))
    return {messages, records: head.records}
  }
}

function malformed(zone: ZoneName, what: string): MalformedMessageError {
  return new MalformedMessageError(`the copy of ${zone} ${what}`)
}
