import type {RecordCursor} from './record.js'
import {setUint16, Type} from './wire.js'

/** What fits into every path's packets (DNS flag day 2020). */
export const UDP_BYTES = 1232
/** Without EDNS (RFC 1035 §2.3.4). */
export const MIN_UDP_BYTES = 512

const DNSSEC_OK = 0x8000
/** RFC 5001. */
const NSID = 3

/** RFC 6891 §6.1.3. */
export interface Edns {
  /** The largest message on UDP that the sender takes. */
  udpBytes: number
  version: number
  /** Wants RRSIGs (RFC 3225). */
  dnssec: boolean
}

/** Reads the OPT under the cursor. */
export function readEdns(record: RecordCursor): Edns {
  return {
    udpBytes: Math.max(MIN_UDP_BYTES, record.class),
    version: (record.ttl >>> 16) & 0xff,
    dnssec: (record.ttl & DNSSEC_OK) !== 0,
  }
}

/** An OPT record. `extendedRcode` is the whole rcode, of which the header holds the lower four bits. */
export function optRecord(options: {dnssec: boolean; nsid?: boolean; extendedRcode?: number}): Uint8Array {
  const {dnssec, nsid = false, extendedRcode = 0} = options
  const opt = new Uint8Array(nsid ? 15 : 11)
  setUint16(opt, 1, Type.OPT)
  setUint16(opt, 3, UDP_BYTES)
  opt[5] = extendedRcode >>> 4
  setUint16(opt, 7, dnssec ? DNSSEC_OK : 0)
  if (nsid) {
    setUint16(opt, 9, 4)
    setUint16(opt, 11, NSID)
  }
  return opt
}
