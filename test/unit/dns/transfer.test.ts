import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {hashKeySet} from '../../../src/lib/dns/key-set.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {encodeQuery} from '../../../src/lib/dns/query.js'
import {soaAnswerOf} from '../../../src/lib/dns/soa.js'
import {type Transfer, TransferAssembler} from '../../../src/lib/dns/transfer.js'
import type {TsigKey} from '../../../src/lib/dns/tsig-record.js'
import {signQuery, TsigSigner} from '../../../src/lib/dns/tsig-sign.js'
import {TsigVerifier} from '../../../src/lib/dns/tsig-verify.js'
import {PdistError} from '../../../src/lib/errors.js'
import {APEX, a, message, question, record, rrsig, rrsigRdata, soa, soaRdata, wire, ZONE} from './messages.js'

const limits = {bytes: 1_000_000, records: 10_000}

function assemble(messages: readonly Uint8Array[], overrides = {}): Transfer {
  const assembler = new TransferAssembler({zone: ZONE, id: 7, limits, ...overrides})
  const complete = messages.map((each) => assembler.push(Uint8Array.from(each)))
  expect(complete.indexOf(true)).toBe(messages.length - 1)
  return assembler.finish()
}

const dnskey = (last: number) => record(APEX, 48, Uint8Array.of(1, 1, 3, 13, last))
const nsec3param = (flags = 0) => record(APEX, 51, Uint8Array.of(1, flags, 0, 0, 0))

describe('a transfer', () => {
  test('of one message', () => {
    const sent = message([soa(2 ** 31 + 5), a('www'), soa(2 ** 31 + 5)])
    const transfer = assemble([sent])
    expect(transfer).toMatchObject({
      zone: ZONE,
      records: 2,
      bytes: sent.length,
      signed: false,
      signatures: [],
    })
    expect(transfer.soa).toMatchObject({serial: 2 ** 31 + 5, refresh: 10_800, minimum: 300, ttl: 3600})
    expect(transfer).not.toHaveProperty('keySet')
    const stored = transfer.messages[0] ?? new Uint8Array(0)
    expect([...stored.subarray(0, 2)]).toEqual([0, 0])
    expect(stored.subarray(2)).toEqual(sent.subarray(2))
  })

  test('is the same zone however its records are split into messages', () => {
    const hosts = Array.from({length: 30}, (_, i) => a(`host${i}`, i))
    const records = [soa(), ...hosts, soa()]
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(31), {maxLength: 10}), fc.boolean(), (cuts, repeat) => {
        const ends = [...cuts.sort((x, y) => x - y), records.length]
        const messages = ends.map((end, i) => {
          const question = i === 0 || repeat ? {} : {question: new Uint8Array(0)}
          // Without the question there is nothing for the pointers to point at, so owners are written out.
          const part = records.slice(ends[i - 1] ?? 0, end)
          return i === 0 || repeat ? message(part, question) : message(part.map(writtenOut), question)
        })
        const {records: count, soa: found} = assemble(messages)
        expect({count, serial: found.serial}).toEqual({count: 31, serial: 1})
      }),
    )
  })

  test('of a signed zone knows its signatures and keys', () => {
    const signatures = [
      rrsig({keyTag: 2}),
      rrsig({keyTag: 1, inception: 9}),
      rrsig({keyTag: 1, inception: 3}),
    ]
    const others = [rrsig({covered: 1, keyTag: 4}), rrsig({keyTag: 5}, wire('sub.example.test'))]
    const foreign = record(wire('sub.example.test'), 48, Uint8Array.of(9))
    const transfer = assemble([
      message([soa(), ...signatures, ...others, dnskey(1), nsec3param(1), dnskey(2), foreign, soa()]),
    ])
    expect(transfer.signatures.map(({keyTag, inception}) => [keyTag, inception])).toEqual([
      [1, 3],
      [1, 9],
      [2, 100],
    ])
    const keys = [Uint8Array.of(1, 1, 3, 13, 2), Uint8Array.of(1, 1, 3, 13, 1)]
    expect(transfer).toMatchObject({signed: true, keySet: hashKeySet(keys, [Uint8Array.of(1, 0, 0, 0, 0)])})
  })

  test('knows when the first of all its signatures expires, also where the 32 bits wrap', () => {
    const host = Buffer.from('\x03www\xc0\x0c', 'latin1')
    const expiring = (...expirations: number[]) => {
      const signatures = expirations.map((expiration, i) =>
        rrsig({expiration, covered: i === 0 ? 6 : 1}, i === 0 ? APEX : host),
      )
      return assemble([message([soa(), ...signatures, soa()])]).expires
    }
    expect(expiring(300, 100, 200)).toBe(100)
    expect(expiring(5, 2 ** 32 - 5, 10)).toBe(2 ** 32 - 5)
    expect(assemble([message([soa(), a('www'), soa()])])).not.toHaveProperty('expires')
  })

  test('has the ZONEMD records of its apex, and no others', () => {
    const [one, two, other] = [1, 2, 3].map((byte) => new Uint8Array(18).fill(byte))
    const records = [
      record(APEX, 63, one ?? APEX),
      record(wire('sub.example.test'), 63, other ?? APEX),
      record(wire('EXAMPLE.test'), 63, two ?? APEX),
    ]
    expect(assemble([message([soa(), ...records, soa()])]).zonemds).toEqual([one, two])
  })

  test('gives the SOA and its RRSIGs to be answered alone', () => {
    const {messages, soa: found} = assemble([message([soa(3), rrsig()]), message([a('www'), soa(3)])])
    expect(soaAnswerOf(ZONE, messages, 1)).toEqual({
      ttl: 3600,
      rdata: found.rdata,
      signatures: [{ttl: 3600, rdata: Uint8Array.from(rrsigRdata())}],
    })
    expect(soaAnswerOf(ZONE, messages, 0).signatures).toEqual([])
    expect(() => soaAnswerOf(ZONE, messages, 2)).toThrow('2 signatures')
  })

  test('whose answer is signed has its TSIGs cut off', () => {
    const key: TsigKey = {name: zoneName('k'), algorithm: 'hmac-sha256', secret: Buffer.from('s')}
    const query = signQuery(encodeQuery({id: 7, name: ZONE, type: 252}), key)
    const signer = new TsigSigner(key, query.mac)
    const plain = [message([soa()]), message([a('www'), soa()])]
    const signed = plain.map((each) => signer.signWhole(each))
    const transfer = assemble(signed, {tsig: new TsigVerifier(key, query.mac)})
    expect(transfer.messages.map((each) => each.subarray(2))).toEqual(plain.map((each) => each.subarray(2)))
    expect(transfer.content).toBe(assemble(plain).content)
    const unsigned = () => assemble(plain, {tsig: new TsigVerifier(key, query.mac)})
    expect(unsigned).toThrow(
      expect.objectContaining({code: 'PDIST_TRANSFER_UNAUTHENTIC', hints: [expect.any(String)]}),
    )
    expect(() => assemble(plain.map((each) => new TsigSigner(key, query.mac).signWhole(each)))).toThrow(
      expect.objectContaining({code: 'PDIST_TRANSFER_MALFORMED'}),
    )
  })
})

describe('is refused, with a code and what to do:', () => {
  const whole = [soa(), a('www'), soa()]
  test.each<[string, Uint8Array[], string, object?]>([
    ['rcode REFUSED', [message([], {flags: 0x8405})], 'REFUSED'],
    ['a query', [message(whole, {flags: 0})], 'MALFORMED'],
    ['another ID', [message(whole, {id: 8})], 'MALFORMED'],
    ['truncation', [message(whole, {flags: 0x8600})], 'MALFORMED'],
    ['another zone', [message(whole, {question: question(zoneName('other.test'))})], 'MALFORMED'],
    ['another type', [message(whole, {question: question(ZONE, 6)})], 'MALFORMED'],
    ['another class', [message(whole, {question: question(ZONE, 252, 3)})], 'MALFORMED'],
    [
      'no question',
      [message([record(wire('example.test'), 6, new Uint8Array(22))], {question: new Uint8Array(0)})],
      'MALFORMED',
    ],
    [
      'another question later',
      [message([soa()]), message([soa()], {question: question(zoneName('x'))})],
      'MALFORMED',
    ],
    ['no SOA at the beginning', [message([a('www'), soa()])], 'MALFORMED'],
    [
      'a SOA of another name',
      [message([soa(), record(wire('sub.example.test'), 6, soaRdata(1)), soa()])],
      'MALFORMED',
    ],
    ['another SOA at the end', [message([soa(1), a('www'), soa(2)])], 'INCONSISTENT'],
    ['a record after the end', [message([...whole, a('late')])], 'MALFORMED'],
    ['a message after the end', [message(whole), message([a('late')])], 'MALFORMED'],
    ['bytes after the records', [Buffer.concat([message(whole), Buffer.of(0)])], 'MALFORMED'],
    ['a class other than IN', [message([soa(), wrongClass(a('www')), soa()])], 'MALFORMED'],
    ['authority', [message(whole, {authorities: [a('www')]})], 'MALFORMED'],
    ['additional', [message(whole, {additionals: [a('www')]})], 'MALFORMED'],
    ['an RRSIG cut short', [message([soa(), record(wire('a'), 46, new Uint8Array(18)), soa()])], 'MALFORMED'],
    ['a fragment', [Uint8Array.of(0, 7, 0x84)], 'MALFORMED'],
    ['no end', [message([soa(), a('www')])], 'INCOMPLETE'],
    ['no message at all', [], 'INCOMPLETE'],
    ['too many bytes', [message(whole)], 'TOO_LARGE', {limits: {bytes: 50, records: 9}}],
    ['too many records', [message(whole)], 'TOO_LARGE', {limits: {bytes: 1000, records: 1}}],
  ])('%s', (_, messages, code, overrides = {}) => {
    const assembler = new TransferAssembler({zone: ZONE, id: 7, limits, ...overrides})
    const attempt = () => {
      for (const each of messages) assembler.push(Uint8Array.from(each))
      assembler.finish()
    }
    expect(attempt).toThrow(
      expect.objectContaining({
        code: `PDIST_TRANSFER_${code}`,
        hints: expect.arrayContaining([expect.any(String)]),
      }),
    )
  })

  test('random and mutated bytes, always with a PdistError', () => {
    const mutation = fc.array(fc.tuple(fc.nat(200), fc.integer({min: 0, max: 255})), {maxLength: 5})
    fc.assert(
      fc.property(mutation, (changes) => {
        const bytes = message([soa(), rrsig(), a('www'), dnskey(1), soa()])
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        try {
          new TransferAssembler({zone: ZONE, id: 7, limits}).push(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(PdistError)
          expect(error).toHaveProperty('code', expect.stringMatching(/^PDIST_TRANSFER_/))
        }
      }),
      {numRuns: 3000},
    )
  })
})

describe('the digest of the contents', () => {
  const sign = (fill: number, fields = {}) => rrsig({...fields, signature: new Uint8Array(64).fill(fill)})
  const hostSignature = (fill: number) =>
    record(
      Buffer.from('\x03www\xc0\x0c', 'latin1'),
      46,
      rrsigRdata({covered: 1, signature: Buffer.alloc(64, fill)}),
    )
  const signedZone = (fill: number) => [
    soa(),
    sign(fill),
    a('www'),
    hostSignature(fill),
    a('ftp'),
    a('ftp', 2),
  ]

  test('of a signed zone does not depend on the bytes of the signatures, the order of records or the packing', () => {
    const one = assemble([message([...signedZone(1), soa()])])
    const [apex, ...others] = signedZone(2)
    const parts = [apex, ...others.reverse(), soa()].map((each) => message(each ? [each] : []))
    const other = assemble(parts)
    expect(other.content).toBe(one.content)
    expect(other.bytes).not.toBe(one.bytes)
    expect(one.content).toMatch(/^[\w-]{43}$/)
  })

  test('of an unsigned zone is that of its messages', () => {
    const one = assemble([message([soa(), a('www'), soa()])]).content
    expect(assemble([message([soa(), a('www'), soa()])]).content).toBe(one)
    expect(assemble([message([soa(), a('www', 2), soa()])]).content).not.toBe(one)
  })

  test.each([false, true])('changes with any other byte (signed: %s)', (signed) => {
    const records = signed ? [...signedZone(1), soa()] : [soa(), a('www'), a('ftp'), soa()]
    const original = message(records)
    const signatureBytes = new Set<number>()
    for (let at = original.indexOf(1, 12); signed && at >= 0; at = original.indexOf(1, at + 1)) {
      if (original.subarray(at, at + 64).every((byte) => byte === 1))
        for (let i = 0; i < 64; i++) signatureBytes.add(at + i)
    }
    expect(signatureBytes.size).toBe(signed ? 128 : 0)
    const {content} = assemble([original])
    let compared = 0
    for (let at = 12 + question().length; at < original.length; at++) {
      if (signatureBytes.has(at)) continue
      const changed = Uint8Array.from(original)
      changed[at] = (changed[at] ?? 0) ^ 1
      const assembler = new TransferAssembler({zone: ZONE, id: 7, limits})
      try {
        if (!assembler.push(changed)) continue
      } catch (error) {
        expect(error).toBeInstanceOf(PdistError)
        continue
      }
      expect(assembler.finish().content).not.toBe(content)
      compared++
    }
    expect(compared).toBeGreaterThan(20)
  })

  test('counts a record that is there twice, and one that moved to another name', () => {
    const base = signedZone(1)
    const digest = (extra: readonly Uint8Array[]) => assemble([message([...base, ...extra, soa()])]).content
    const digests = [[], [a('x')], [a('x'), a('x')], [a('y')]].map(digest)
    expect(new Set(digests).size).toBe(4)
  })
})

test('the key set does not depend on the order of its keys', () => {
  const [x, y] = [Uint8Array.of(1), Uint8Array.of(2)]
  expect(hashKeySet([x, y], [])).toBe(hashKeySet([y, x], []))
  expect(
    new Set([hashKeySet([x], [y]), hashKeySet([y], [x]), hashKeySet([x, y], []), hashKeySet([], [])]).size,
  ).toBe(4)
})

function wrongClass(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[bytes.length - 11] = 3
  return copy
}

/** Replaces the pointers of `soa()` and `a()` by the name itself. */
function writtenOut(bytes: Uint8Array): Uint8Array {
  const hex = Buffer.from(bytes).toString('hex')
  const name = Buffer.from(wire('example.test')).toString('hex')
  if (!hex.startsWith('c00c')) return Buffer.from(hex.replace('c00c', name), 'hex')
  const rdata = Buffer.from(Buffer.from(soaRdata(1)).toString('hex').replaceAll('c00c', name), 'hex')
  return record(wire('example.test'), 6, rdata)
}
