import {headers, type MsgHdrs} from 'nats'

/** What the NATS KV clients write to mark a key as deleted: whoever watches the key hears of it, as not of a purge. */
const OPERATION_HEADER = 'KV-Operation'

/** Headers that mark a key as deleted. */
export function removal(): MsgHdrs {
  const marks = headers()
  marks.set(OPERATION_HEADER, 'DEL')
  return marks
}

export function isRemoval(marks: MsgHdrs | undefined): boolean {
  return Boolean(marks?.get(OPERATION_HEADER))
}
