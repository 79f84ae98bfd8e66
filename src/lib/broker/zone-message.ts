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

/** Reads the state from a message of the zone store's stream. Throws where the message is none of ours. */
export function stateOf({subject, seq, headers: found}: RawMessage): Stored {
  const text = found?.get(STATE_HEADER)
  if (!text) throw new MalformedMessageError(`the message ${seq} on ${subject} has no ${STATE_HEADER} header`)
  // $KV.<bucket>.<key>
  const key = subject.split('.').slice(2).join('.')
  return {...decodeState(key, text), revision: seq}
}
