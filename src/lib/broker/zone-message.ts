import {headers, type MsgHdrs} from 'nats'
import type {Stored, ZoneState} from '../zone/version.js'
import {decodeState, encodeState} from '../zone/version.js'
import {MalformedMessageError} from './errors.js'

/** The message header that holds a zone's state: a consumer that asks for headers only gets all that listings need. */
const STATE_HEADER = 'Pdist-Zone'
/** What the NATS KV clients write to mark a key as deleted. */
const OPERATION_HEADER = 'KV-Operation'

interface RawMessage {
  subject: string
  seq: number
  headers?: MsgHdrs | undefined
}

export function stateHeaders(state: ZoneState): MsgHdrs {
  const result = headers()
  result.set(STATE_HEADER, encodeState(state))
  if (state.kind === 'tombstone') result.set(OPERATION_HEADER, 'DEL')
  return result
}

/** The store's newest message of a zone is none of ours. */
export class UnreadableStateError extends MalformedMessageError {
  /** What a write in its place has to expect. */
  readonly revision: number

  constructor({subject, seq}: RawMessage, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`the message ${seq} on ${subject} holds no state of a zone: ${why}`, {cause})
    this.revision = seq
  }
}

/** Reads the state from a message of the zone store's stream. Throws UnreadableStateError where the message is none of ours. */
export function stateOf(message: RawMessage): Stored {
  const {subject, seq, headers: found} = message
  try {
    const text = found?.get(STATE_HEADER)
    if (!text) throw new MalformedMessageError(`it has no ${STATE_HEADER} header`)
    // $KV.<bucket>.<key>
    const key = subject.split('.').slice(2).join('.')
    return {...decodeState(key, text), revision: seq}
  } catch (cause) {
    throw new UnreadableStateError(message, cause)
  }
}
