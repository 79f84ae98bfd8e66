import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {errorAnswer} from '../../../src/lib/dns/answer.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {encodeQuery, readQuery} from '../../../src/lib/dns/query.js'
import {
  findTsig,
  type TsigAlgorithm,
  TsigError,
  type TsigKey,
  TsigRcode,
} from '../../../src/lib/dns/tsig-record.js'
import {signQuery, TsigSigner} from '../../../src/lib/dns/tsig-sign.js'
import {type QueryVerdict, TsigVerifier, verifyQuery} from '../../../src/lib/dns/tsig-verify.js'
import {MalformedMessageError} from '../../../src/lib/dns/wire.js'
import {a, message, soa, ZONE} from './messages.js'

const NOW = 1_790_000_000
const clock = () => NOW

function keyOf(algorithm: TsigAlgorithm = 'hmac-sha256'): TsigKey {
  return {name: zoneName('transfer.key'), algorithm, secret: Buffer.from('a secret of some length')}
}

function verdictOf(bytes: Uint8Array, keys: readonly TsigKey[], now = NOW): QueryVerdict {
  const reading = readQuery(bytes)
  if (reading.is !== 'query' || !reading.query.tsig) throw new Error('expected a signed query')
  return verifyQuery(bytes, reading.query.tsig, keys, () => now)
}

function axfrQuery(key: TsigKey) {
  return signQuery(encodeQuery({id: 7, name: ZONE, type: 252}), key, clock)
}

/** Signs as the server does: header and body apart. */
function sign(signer: TsigSigner, plain: Uint8Array, last = false): Uint8Array {
  const header = Uint8Array.from(plain.subarray(0, 12))
  const body = plain.subarray(12)
  const tsig = signer.sign(header, body, last) ?? new Uint8Array(0)
  return Uint8Array.from(Buffer.concat([header, body, tsig]))
}

const plainMessages = () => [message([soa()]), message([a('www')]), message([a('ftp')]), message([soa()])]

describe.each(['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const)('%s', (algorithm) => {
  const key = keyOf(algorithm)

  test('a query and an answer in several messages are signed and verified', () => {
    const query = axfrQuery(key)
    const verdict = verdictOf(query.message, [key])
    if (!verdict.ok) throw new Error(verdict.reason)
    const verifier = new TsigVerifier(key, query.mac, clock)
    for (const [i, plain] of plainMessages().entries()) {
      expect(verifier.verify(sign(verdict.signer, plain, i === 3))).toEqual(plain)
    }
    verifier.finish()
  })

  test('a flipped bit anywhere in the query is noticed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(7), (place, bit) => {
        const {message: bytes} = axfrQuery(key)
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        const reading = readQuery(bytes)
        // The ID is not authenticated: the original one is.
        if (at < 2 || reading.is !== 'query' || !reading.query.tsig) return
        // Names are compared without case, in the MAC too (RFC 8945 §4.3.3).
        const folded = Buffer.from(bytes).toString('latin1').toLowerCase()
        const sameText = folded === Buffer.from(axfrQuery(key).message).toString('latin1').toLowerCase()
        if (sameText && at > 12 + 14 + 4) return
        expect(verdictOf(bytes, [key]).ok).toBe(false)
      }),
    )
  })

  test('a flipped bit anywhere in an answer is noticed', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.nat(), fc.nat(7), (which, place, bit) => {
        const query = axfrQuery(key)
        const signer = new TsigSigner(key, query.mac, clock)
        const signed = plainMessages().map((plain, i) => sign(signer, plain, i === 3))
        const target = signed[which]
        if (!target) throw new Error('no such message')
        const start = findTsig(target)?.start ?? 0
        // Of the TSIG itself only the MAC: its names may differ in case.
        const at = place % 2 ? 2 + (place % (start - 2)) : target.length - 7 - (place % 32)
        target[at] = (target[at] ?? 0) ^ (1 << bit)
        const verifier = new TsigVerifier(key, query.mac, clock)
        const verify = () => {
          for (const bytes of signed) verifier.verify(bytes)
          verifier.finish()
        }
        expect(verify).toThrow(
          expect.toSatisfy((e) => e instanceof TsigError || e instanceof MalformedMessageError),
        )
      }),
    )
  })
})

describe('a query is refused with', () => {
  const key = keyOf()
  const answer = errorAnswer({id: 7, flags: 0, question: new Uint8Array(0)}, 9)

  function refusalOf(verdict: QueryVerdict): Uint8Array {
    if (verdict.ok) throw new Error('the query was accepted')
    return Uint8Array.from(verdict.refusal(answer))
  }

  test.each([
    ['BADKEY for an unknown name', {...key, name: zoneName('other.key')}, TsigRcode.BADKEY],
    ['BADKEY for another algorithm', keyOf('hmac-sha512'), TsigRcode.BADKEY],
    ['BADSIG for another secret', {...key, secret: Buffer.from('another')}, TsigRcode.BADSIG],
  ])('%s', (_, known, error) => {
    const refusal = refusalOf(verdictOf(axfrQuery(key).message, [known]))
    expect(findTsig(refusal)).toMatchObject({error, mac: new Uint8Array(0)})
    expect(() => new TsigVerifier(key, axfrQuery(key).mac, clock).verify(refusal)).toThrow(
      /BADKEY|BADSIG|signed with/,
    )
  })

  test('BADTRUNC for a MAC cut short', () => {
    const {message: bytes, mac} = axfrQuery(key)
    const tsig = findTsig(bytes)
    if (!tsig) throw new Error('no TSIG')
    const cut = {...tsig, mac: mac.subarray(0, 16)}
    const verdict = verifyQuery(bytes, cut, [key], clock)
    expect(findTsig(refusalOf(verdict))?.error).toBe(TsigRcode.BADTRUNC)
  })

  test.each([301, -301])(
    'BADTIME, signed and with the server time, when the clocks are %i s apart',
    (seconds) => {
      const query = axfrQuery(key)
      const tsig = findTsig(refusalOf(verdictOf(query.message, [key], NOW + seconds)))
      expect(tsig).toMatchObject({error: TsigRcode.BADTIME, timeSigned: NOW})
      expect(tsig?.mac).toHaveLength(32)
      expect(Buffer.from(tsig?.other ?? []).readUIntBE(0, 6)).toBe(NOW + seconds)
    },
  )

  test('nothing, when the clocks are five minutes apart', () => {
    expect(verdictOf(axfrQuery(key).message, [key], NOW + 300).ok).toBe(true)
  })
})

describe('an answer in several messages', () => {
  const key = keyOf()

  test('may have 99 unsigned messages between two signed ones, not more', () => {
    for (const count of [99, 100]) {
      const query = axfrQuery(key)
      const signer = new TsigSigner(key, query.mac, clock)
      const verifier = new TsigVerifier(key, query.mac, clock)
      verifier.verify(sign(signer, message([soa()])))
      // So long that no TSIG fits behind it.
      const long = message([], {question: new Uint8Array(65_500)})
      const run = () => {
        for (let i = 0; i < count; i++) expect(verifier.verify(sign(signer, long))).toHaveLength(long.length)
        verifier.verify(sign(signer, message([soa()]), true))
        verifier.finish()
      }
      if (count === 99) run()
      else expect(run).toThrow(TsigError)
    }
  })

  test('must begin and end with a signed message', () => {
    const query = axfrQuery(key)
    expect(() => new TsigVerifier(key, query.mac, clock).verify(message([soa()]))).toThrow('is not signed')
    const verifier = new TsigVerifier(key, query.mac, clock)
    expect(() => verifier.finish()).toThrow(TsigError)
    verifier.verify(sign(new TsigSigner(key, query.mac, clock), message([soa()])))
    verifier.verify(message([soa()]))
    expect(() => verifier.finish()).toThrow('does not end with a signature')
  })

  test('that was signed at another time is refused', () => {
    const query = axfrQuery(key)
    const signed = sign(new TsigSigner(key, query.mac, () => NOW - 301), message([soa()]), true)
    expect(() => new TsigVerifier(key, query.mac, clock).verify(signed)).toThrow('another time')
  })

  test('cannot be reordered', () => {
    const query = axfrQuery(key)
    const signer = new TsigSigner(key, query.mac, clock)
    const [first, second, third] = plainMessages().map((plain) => sign(signer, plain))
    const verifier = new TsigVerifier(key, query.mac, clock)
    if (!first || !second || !third) throw new Error('expected three messages')
    verifier.verify(first)
    expect(() => verifier.verify(third)).toThrow('wrong signature')
  })
})
