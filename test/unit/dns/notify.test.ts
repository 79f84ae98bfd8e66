import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {errorAnswer, notifyAnswer} from '../../../src/lib/dns/answer.js'
import {readNotify} from '../../../src/lib/dns/notify.js'
import {encodeQuery} from '../../../src/lib/dns/query.js'
import {Rcode, readHeader} from '../../../src/lib/dns/wire.js'
import {message, question, record, rrsig, soa, ZONE} from './messages.js'

const NOTIFY = 0x2000
/** As PowerDNS 4.7.3 sends it for `a.test`. */
const FROM_POWERDNS = Buffer.from('fcb224000001000000000000016104746573740000060001', 'hex')

function notify(type = 6, flags = NOTIFY): Uint8Array {
  return message([], {flags, question: question(ZONE, type)})
}

describe('a NOTIFY', () => {
  test('is read and answered: same ID, same question, QR and AA', () => {
    const reading = readNotify(FROM_POWERDNS)
    expect(reading).toMatchObject({is: 'query', query: {name: 'a.test.', type: 6, class: 1}})
    if (reading.is !== 'query') return
    const wanted = Buffer.from(FROM_POWERDNS)
    wanted.writeUInt16BE(0xa400, 2)
    expect(Buffer.from(notifyAnswer(reading.query)).toString('hex')).toBe(wanted.toString('hex'))
  })

  test('may bring the new SOA along, with its signatures', () => {
    const bytes = message([soa(7), rrsig(), rrsig()], {flags: NOTIFY, question: question(ZONE, 6)})
    expect(readNotify(bytes)).toMatchObject({is: 'query', query: {name: ZONE}})
  })

  test('keeps its EDNS', () => {
    const opt = record(Uint8Array.of(0), 41, new Uint8Array(0), 0)
    const reading = readNotify(message([], {flags: NOTIFY, question: question(ZONE, 6), additionals: [opt]}))
    expect(reading).toMatchObject({is: 'query'})
    if (reading.is === 'query') expect(readHeader(notifyAnswer(reading.query)).additionals).toBe(1)
  })

  test.each([
    ['a query', encodeQuery({id: 1, name: ZONE, type: 6}), Rcode.NOTIMP],
    ['a NOTIFY of another type', notify(1), Rcode.FORMERR],
    ['one without a question', message([], {flags: NOTIFY, question: new Uint8Array(0)}), Rcode.FORMERR],
    ['one with a SOA that is not there', notify().fill(1, 7, 8), Rcode.FORMERR],
    ['one with bytes behind it', Buffer.concat([notify(), Buffer.of(0)]), Rcode.FORMERR],
    ['one with 65,535 answers', notify().fill(0xff, 6, 8), Rcode.FORMERR],
  ])('%s is an error to answer', (_, bytes, rcode) => {
    expect(readNotify(bytes)).toMatchObject({is: 'error', rcode})
  })

  test('an answer to one is noise', () => {
    expect(readNotify(notify(6, NOTIFY | 0x8000))).toMatchObject({is: 'noise'})
  })

  test('whatever the bytes, reading does not throw, and what can be answered is answered to its ID', () => {
    const mutation = fc.tuple(fc.nat(80), fc.integer({min: 0, max: 255}))
    const mutated = fc.array(mutation, {maxLength: 6}).map((changes) => {
      const bytes = message([soa(7)], {flags: NOTIFY, question: question(ZONE, 6)})
      for (const [place, value] of changes) bytes[place % bytes.length] = value
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({maxLength: 600})), (bytes) => {
        const reading = readNotify(bytes)
        if (reading.is === 'noise') return
        const answer =
          reading.is === 'query' ? notifyAnswer(reading.query) : errorAnswer(reading.envelope, reading.rcode)
        expect(readHeader(answer).id).toBe(readHeader(bytes).id)
        expect(readHeader(answer).flags & 0x8000).toBe(0x8000)
      }),
      {numRuns: 2000},
    )
  })
})
