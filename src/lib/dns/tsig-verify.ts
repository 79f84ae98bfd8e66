import type {Hmac} from 'node:crypto'
import {
  appendTsig,
  type Clock,
  chainedHmac,
  hmac,
  MAX_UNSIGNED,
  macBytes,
  sameMac,
  systemClock,
} from './tsig-hmac.js'
import {
  algorithmName,
  encodeTsig,
  findTsig,
  stripTsig,
  TsigError,
  type TsigKey,
  TsigRcode,
  type TsigRecord,
  tsigTimers,
  tsigVariables,
} from './tsig-record.js'
import {TsigSigner} from './tsig-sign.js'
import {rcodeName} from './wire.js'

export type QueryVerdict =
  | {ok: true; signer: TsigSigner}
  /** Answer NOTAUTH; `refusal` puts the TSIG behind it that tells why (RFC 8945 §5.2). */
  | {ok: false; reason: string; refusal: (answer: Uint8Array) => Uint8Array}

/** Checks a signed query against the keys that are known here. */
export function verifyQuery(
  message: Uint8Array,
  tsig: TsigRecord,
  keys: readonly TsigKey[],
  clock: Clock = systemClock,
): QueryVerdict {
  const key = keys.find((known) => isKeyOf(tsig, known))
  if (!key) return refuse(tsig, TsigRcode.BADKEY, 'unknown key')
  if (tsig.mac.length < macBytes(key)) return refuse(tsig, TsigRcode.BADTRUNC, 'truncated MAC')
  const stripped = stripTsig(Uint8Array.from(message), tsig)
  const mac = hmac(key).update(stripped).update(tsigVariables(tsig)).digest()
  if (!sameMac(mac, tsig.mac)) return refuse(tsig, TsigRcode.BADSIG, 'wrong MAC')
  const signer = new TsigSigner(key, tsig.mac, clock)
  const now = clock()
  if (isTimely(tsig, now)) return {ok: true, signer}
  // RFC 8945 §5.2.3: signed, with the client's time, and the server's own as other data.
  const other = tsigTimers({timeSigned: now, fudge: 0}).subarray(0, 6)
  return {
    ok: false,
    reason: 'clocks differ',
    refusal: (answer) =>
      signer.signWhole(answer, {error: TsigRcode.BADTIME, timeSigned: tsig.timeSigned, other}),
  }
}

function refuse(tsig: TsigRecord, error: number, reason: string): QueryVerdict {
  const unsigned = {...tsig, error, mac: new Uint8Array(0), other: new Uint8Array(0)}
  return {ok: false, reason, refusal: (answer) => appendTsig(answer, encodeTsig(unsigned))}
}

/** Verifies the messages of one answer in order and cuts off their TSIGs (RFC 8945 §5.3 and §5.4). */
export class TsigVerifier {
  readonly #key: TsigKey
  readonly #clock: Clock
  #hmac: Hmac
  #first = true
  #unsigned = 0

  /** @param queryMac of the query to which the answer belongs */
  constructor(key: TsigKey, queryMac: Uint8Array, clock: Clock = systemClock) {
    this.#key = key
    this.#clock = clock
    this.#hmac = chainedHmac(key, queryMac)
  }

  /**
   * The message without its TSIG: a view of the same bytes, changed in place. What came since the last signed message is
   * not proven before the next, so use nothing before `finish()`.
   * @throws TsigError, MalformedMessageError
   */
  verify(message: Uint8Array): Uint8Array {
    const tsig = findTsig(message)
    if (!tsig) return this.#skip(message)
    if (!isKeyOf(tsig, this.#key)) throw mistrust(`is signed with the key ${tsig.key}`, CHECK_KEY)
    if (tsig.error !== 0) throw serverRefusal(tsig)
    const stripped = stripTsig(message, tsig)
    this.#hmac.update(stripped).update(this.#first ? tsigVariables(tsig) : tsigTimers(tsig))
    if (!sameMac(this.#hmac.digest(), tsig.mac)) throw mistrust('has a wrong signature', CHECK_KEY)
    if (!isTimely(tsig, this.#clock())) throw mistrust('was signed at another time than now', CHECK_CLOCK)
    this.#hmac = chainedHmac(this.#key, tsig.mac)
    this.#first = false
    this.#unsigned = 0
    return stripped
  }

  /** @throws TsigError where the last message was not signed. */
  finish(): void {
    if (this.#first || this.#unsigned > 0) throw mistrust('does not end with a signature', CHECK_KEY)
  }

  #skip(message: Uint8Array): Uint8Array {
    if (this.#first) throw mistrust('is not signed', CHECK_KEY)
    if (++this.#unsigned > MAX_UNSIGNED)
      throw mistrust(`has more than ${MAX_UNSIGNED} unsigned messages`, CHECK_KEY)
    this.#hmac.update(message)
    return message
  }
}

const CHECK_KEY = 'Check that name, algorithm and secret of the TSIG key are the same on both sides'
const CHECK_CLOCK = 'Set the clocks of both machines (NTP): TSIG allows five minutes'

function mistrust(what: string, hint: string): TsigError {
  return new TsigError(`The answer ${what}`, {hints: [hint]})
}

/** What the TSIG of an error answer says: BADKEY, BADSIG, BADTIME. @see RFC 8945 §5.4 */
export function serverRefusal(tsig: TsigRecord): TsigError {
  const name = Object.entries(TsigRcode).find(([, code]) => code === tsig.error)?.[0] ?? rcodeName(tsig.error)
  const hint = tsig.error === TsigRcode.BADTIME ? CHECK_CLOCK : CHECK_KEY
  return new TsigError(`The server does not accept the query's TSIG: ${name}`, {hints: [hint]})
}

function isKeyOf(tsig: TsigRecord, key: TsigKey): boolean {
  return tsig.key === key.name && tsig.algorithm === algorithmName(key.algorithm)
}

function isTimely(tsig: TsigRecord, now: number): boolean {
  return Math.abs(now - tsig.timeSigned) <= tsig.fudge
}
