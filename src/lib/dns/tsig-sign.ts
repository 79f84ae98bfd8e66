import type {Hmac} from 'node:crypto'
import {
  appendTsig,
  blankTsig,
  type Clock,
  chainedHmac,
  hmac,
  MAX_UNSIGNED,
  macBytes,
  systemClock,
} from './tsig-hmac.js'
import {
  encodeTsig,
  TsigError,
  type TsigKey,
  type TsigRecord,
  tsigTimers,
  tsigVariables,
} from './tsig-record.js'
import {MAX_MESSAGE_BYTES, setUint16, uint16} from './wire.js'

/** Signs a query (RFC 8945 §5.1). The MAC is needed to verify what comes back. */
export function signQuery(
  query: Uint8Array,
  key: TsigKey,
  clock: Clock = systemClock,
): {message: Uint8Array; mac: Uint8Array} {
  const tsig = blankTsig(key, uint16(query, 0), clock())
  tsig.mac = hmac(key).update(query).update(tsigVariables(tsig)).digest()
  return {message: appendTsig(query, encodeTsig(tsig)), mac: tsig.mac}
}

/** Signs the messages of one answer in order (RFC 8945 §5.3). */
export class TsigSigner {
  readonly #key: TsigKey
  readonly #clock: Clock
  /** What each signed message grows by. */
  readonly recordBytes: number
  #hmac: Hmac
  #first = true
  #unsigned = 0

  /** @param queryMac of the query that is answered */
  constructor(key: TsigKey, queryMac: Uint8Array, clock: Clock = systemClock) {
    this.#key = key
    this.#clock = clock
    this.#hmac = chainedHmac(key, queryMac)
    this.recordBytes = encodeTsig(blankTsig(key, 0, 0)).length + macBytes(key)
  }

  /**
   * The TSIG to put behind a message, which is given in two parts so that its body need not be copied. `header` (12
   * bytes) has the ID under which it is sent; its ARCOUNT is raised here. Undefined where the message is so long that no
   * TSIG fits behind it: then the next one's covers it too.
   * @throws TsigError where the first, the last, or the hundredth message in a row has no room.
   */
  sign(header: Uint8Array, body: Uint8Array, last: boolean): Uint8Array | undefined {
    this.#hmac.update(header).update(body)
    if (header.length + body.length + this.recordBytes > MAX_MESSAGE_BYTES) {
      this.#unsigned++
      if (!last && !this.#first && this.#unsigned <= MAX_UNSIGNED) return undefined
      throw new TsigError('A message is too long to be signed', {
        hints: ['Let the primary sign its transfers too: then it leaves room for a TSIG'],
      })
    }
    const record = this.#finish(blankTsig(this.#key, uint16(header, 0), this.#clock()))
    setUint16(header, 10, uint16(header, 10) + 1)
    return record
  }

  /** A short answer with its TSIG, some of whose fields may be given. */
  signWhole(message: Uint8Array, fields: Partial<TsigRecord> = {}): Uint8Array {
    this.#hmac.update(message)
    const tsig = {...blankTsig(this.#key, uint16(message, 0), this.#clock()), ...fields}
    return appendTsig(message, this.#finish(tsig))
  }

  #finish(tsig: Omit<TsigRecord, 'start'>): Uint8Array {
    const mac = this.#hmac.update(this.#first ? tsigVariables(tsig) : tsigTimers(tsig)).digest()
    this.#hmac = chainedHmac(this.#key, mac)
    this.#first = false
    this.#unsigned = 0
    return encodeTsig({...tsig, mac})
  }
}
