import {type QueryReading, readRequest} from './query.js'
import {Opcode, Rcode, Type} from './wire.js'

/** The SOA that a NOTIFY may bring along as a hint (RFC 1996 §3.7), with the RRSIGs of many keys. */
const MAX_HINTS = 64

/**
 * Reads the NOTIFY of a zone whose SOA has changed. Never throws: hostile bytes give an error to answer, or noise. What its
 * answer section says of the new SOA is not looked at, since nobody vouches for it.
 */
export function readNotify(message: Uint8Array): QueryReading {
  const reading = readRequest(message, {opcode: Opcode.NOTIFY, maxAnswers: MAX_HINTS})
  if (reading.is !== 'query' || reading.query.type === Type.SOA) return reading
  const {query} = reading
  return {is: 'error', envelope: query, rcode: Rcode.FORMERR, reason: `a NOTIFY of type ${query.type}`}
}
