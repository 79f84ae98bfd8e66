import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {answerLimit, errorAnswer, soaAnswer, truncatedAnswer} from '../../../src/lib/dns/answer.js'
import {encodeQuery, type Query, readQuery} from '../../../src/lib/dns/query.js'
import {answersOf} from '../../../src/lib/dns/record.js'
import {readSoa, readSoaSignature} from '../../../src/lib/dns/soa.js'
import {MalformedMessageError, Rcode, rcodeName, readHeader} from '../../../src/lib/dns/wire.js'
import {message, question, record, rrsigRdata, soa, wire, ZONE} from './messages.js'

function read(bytes: Uint8Array): Query {
  const reading = readQuery(bytes)
  if (reading.is !== 'query') throw new Error(`no query: ${reading.reason}`)
  return reading.query
}

describe('queries', () => {
  test('a plain one has no EDNS and no RD', () => {
    const bytes = encodeQuery({id: 0xbeef, name: ZONE, type: 252})
    expect(readHeader(bytes)).toMatchObject({id: 0xbeef, flags: 0, questions: 1, additionals: 0})
    expect(read(bytes)).toMatchObject({id: 0xbeef, name: ZONE, type: 252, class: 1})
    expect(read(bytes).edns).toBeUndefined()
  })

  test('DO and NSID come with EDNS', () => {
    const bytes = encodeQuery({id: 1, name: ZONE, type: 6, dnssec: true, nsid: true})
    expect(read(bytes).edns).toEqual({udpBytes: 1232, version: 0, dnssec: true})
    expect(Buffer.from(bytes).toString('hex')).toMatch(/00040003 ?0000$/)
    expect(read(encodeQuery({id: 1, name: ZONE, type: 6, nsid: true})).edns?.dnssec).toBe(false)
  })

  test.each([
    ['no question', message([], {flags: 0, question: new Uint8Array(0)}), Rcode.FORMERR],
    ['an answer in it', message([soa()], {flags: 0}), Rcode.FORMERR],
    [
      'bytes behind it',
      Buffer.concat([encodeQuery({id: 1, name: ZONE, type: 6}), Buffer.of(0)]),
      Rcode.FORMERR,
    ],
    ['NOTIFY', message([], {flags: 0x2000}), Rcode.NOTIMP],
    ['UPDATE', message([], {flags: 0x2800}), Rcode.NOTIMP],
    [
      'EDNS version 1',
      message([], {flags: 0, additionals: [record(Uint8Array.of(0), 41, new Uint8Array(0), 0x10000)]}),
      Rcode.BADVERS,
    ],
    [
      'two OPTs',
      message([], {flags: 0, additionals: Array(2).fill(record(Uint8Array.of(0), 41, new Uint8Array(0), 0))}),
      Rcode.FORMERR,
    ],
  ])('%s is an error to answer', (_, bytes, rcode) => {
    expect(readQuery(bytes)).toMatchObject({is: 'error', rcode})
  })

  test('answers and fragments of a header are noise: answering them could go on for ever', () => {
    expect(readQuery(message([]))).toMatchObject({is: 'noise'})
    expect(readQuery(new Uint8Array(11))).toMatchObject({is: 'noise'})
  })

  test('whatever the bytes, reading does not throw, and an error can be answered', () => {
    const mutated = fc.tuple(fc.nat(60), fc.integer({min: 0, max: 255})).map(([at, value]) => {
      const bytes = encodeQuery({id: 1, name: ZONE, type: 6, dnssec: true})
      bytes[at % bytes.length] = value
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({maxLength: 100}), mutated), (bytes) => {
        const reading = readQuery(bytes)
        if (reading.is !== 'error') return
        const answer = errorAnswer(reading.envelope, reading.rcode)
        expect(readHeader(answer).id).toBe(readHeader(bytes).id)
        expect(readHeader(answer).flags & 0x8000).toBe(0x8000)
      }),
    )
  })
})

describe('answers', () => {
  const answer = {
    ttl: 60,
    rdata: Buffer.concat([wire('ns1.example.test'), wire('host.example.test'), new Uint8Array(20).fill(1)]),
    signatures: [{ttl: 60, rdata: rrsigRdata({keyTag: 9})}],
  }

  test('the SOA comes with its RRSIG where DO is set, the question with its letter case', () => {
    const bytes = encodeQuery({id: 5, name: ZONE, type: 6, dnssec: true})
    bytes[13] = 'E'.charCodeAt(0)
    const found = answersOf(soaAnswer(read(bytes), answer))
    expect(Buffer.from(found.message).toString('latin1')).toContain('Example')
    expect(found.next()).toBe(true)
    expect(readSoa(found)).toMatchObject({serial: 0x01010101, ttl: 60})
    expect(found.next()).toBe(true)
    expect(readSoaSignature(found)).toEqual({keyTag: 9, inception: 100, expiration: 200})
    expect(found.next()).toBe(false)
    expect(readHeader(found.message)).toMatchObject({id: 5, rcode: 0, answers: 2, additionals: 1})
  })

  test('without DO there is the SOA alone', () => {
    const bytes = soaAnswer(read(encodeQuery({id: 5, name: ZONE, type: 6})), answer)
    expect(readHeader(bytes)).toMatchObject({flags: 0x8400, answers: 1, additionals: 0})
  })

  test('RD comes back; BADVERS has its upper bits in the OPT', () => {
    const query = message([], {
      flags: 0x0100,
      additionals: [record(Uint8Array.of(0), 41, new Uint8Array(0), 0x20000)],
    })
    const reading = readQuery(query)
    if (reading.is !== 'error') throw new Error('expected an error')
    const bytes = errorAnswer(reading.envelope, reading.rcode)
    expect(readHeader(bytes)).toMatchObject({flags: 0x8100, rcode: 0, additionals: 1})
    expect(bytes[bytes.length - 6]).toBe(1)
  })

  test('truncation says TC; the limits are those of the client', () => {
    const plain = read(encodeQuery({id: 5, name: ZONE, type: 6}))
    const edns = read(encodeQuery({id: 5, name: ZONE, type: 6, dnssec: true}))
    expect(readHeader(truncatedAnswer(plain)).flags & 0x0200).toBe(0x0200)
    expect([answerLimit(plain, 'udp'), answerLimit(edns, 'udp'), answerLimit(plain, 'tcp')]).toEqual([
      512, 1232, 65_535,
    ])
  })

  test('rcodes have names', () => {
    expect([rcodeName(5), rcodeName(9), rcodeName(23)]).toEqual(['REFUSED', 'NOTAUTH', 'RCODE23'])
  })
})

test('a SOA or an RRSIG that is too short is refused', () => {
  for (const [type, rdata] of [
    [6, Uint8Array.of(0, 0, 1)],
    [46, rrsigRdata().subarray(0, 18)],
  ] as const) {
    const found = answersOf(message([record(wire('x'), type, rdata)], {question: question()}))
    expect(found.next()).toBe(true)
    expect(() => (type === 6 ? readSoa(found) : readSoaSignature(found))).toThrow(MalformedMessageError)
  }
})
