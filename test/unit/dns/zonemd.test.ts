import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import type {Transfer} from '../../../src/lib/dns/transfer.js'
import {type ZoneHash, zoneDigests} from '../../../src/lib/dns/zone-digest.js'
import {verifyZonemd, type ZonemdOutcome} from '../../../src/lib/dns/zonemd.js'
import {lastOf} from '../../support/steps.js'
import {recordsOfText, type TextRecord, transferOfRecords} from '../../support/zone-text.js'
import {record, wire} from './messages.js'

const SERIAL = 2018031900

function example(name: string): TextRecord[] {
  return recordsOfText(readFileSync(new URL(`./rfc8976/${name}.zone`, import.meta.url), 'utf8'))
}

function verify(transfer: Transfer): ZonemdOutcome {
  return lastOf(verifyZonemd(transfer))
}

function digestOf(transfer: Transfer, algorithm: ZoneHash = 'sha384'): string {
  return Buffer.concat(lastOf(zoneDigests(transfer.zone, transfer.messages, [algorithm]))).toString('hex')
}

function zonemd(serial: number, scheme: number, hash: number, digest: string): TextRecord[] {
  return recordsOfText(`example. 86400 ZONEMD ${serial} ${scheme} ${hash} ${digest}`)
}

describe('the examples of RFC 8976, appendix A', () => {
  test.each([
    ['A.1, simple', 'a1', 'example'],
    ['A.2, complex', 'a2', 'example'],
    ['A.3, several digests', 'a3', 'example'],
    ['A.4, signed: uri.arpa', 'a4', 'uri.arpa'],
    ['A.5, root-servers.net', 'a5', 'root-servers.net'],
  ])('%s', (_, file, zone) => {
    for (const perMessage of [1, 7, 1000]) {
      const transfer = transferOfRecords(zone, example(file), {perMessage})
      expect(verify(transfer)).toEqual({state: 'verified', algorithm: 'sha384'})
    }
  })

  test('A.3 by its SHA-512 alone', () => {
    const records = example('a3').filter(({type, wire: bytes}) => type !== 63 || bytes.at(-65) === 2)
    expect(records).toHaveLength(7)
    expect(verify(transferOfRecords('example', records))).toEqual({state: 'verified', algorithm: 'sha512'})
  })
})

describe('a zone with', () => {
  const bare = example('a1').filter(({type}) => type !== 63)
  const right = digestOf(transferOfRecords('example', bare))
  const right512 = digestOf(transferOfRecords('example', bare), 'sha512')
  const wrong = right.replace(/^../, 'ff')
  const check = (...digests: TextRecord[][]) =>
    verify(transferOfRecords('example', [...bare, ...digests.flat()]))

  test.each<[string, TextRecord[][], ZonemdOutcome]>([
    ['no digest', [], {state: 'absent'}],
    ['another scheme', [zonemd(SERIAL, 240, 1, right)], {state: 'unsupported'}],
    ['another algorithm', [zonemd(SERIAL, 1, 3, right)], {state: 'unsupported'}],
    ['the right digest', [zonemd(SERIAL, 1, 1, right)], {state: 'verified', algorithm: 'sha384'}],
    ['a wrong digest', [zonemd(SERIAL, 1, 1, wrong)], {state: 'mismatch', algorithms: ['sha384']}],
    [
      'a digest cut short',
      [zonemd(SERIAL, 1, 1, right.slice(0, -2))],
      {state: 'mismatch', algorithms: ['sha384']},
    ],
    ['no bytes in its digest', [zonemd(SERIAL, 1, 1, '')], {state: 'mismatch', algorithms: ['sha384']}],
    [
      'the digest of another serial',
      [zonemd(SERIAL - 1, 1, 1, right)],
      {state: 'serial-differs', serial: SERIAL - 1},
    ],
    [
      'one right and one wrong digest',
      [zonemd(SERIAL, 1, 1, wrong), zonemd(SERIAL, 1, 2, right512)],
      {state: 'verified', algorithm: 'sha512'},
    ],
    [
      'two wrong digests',
      [zonemd(SERIAL, 1, 1, wrong), zonemd(SERIAL, 1, 2, wrong)],
      {state: 'mismatch', algorithms: ['sha384', 'sha512']},
    ],
    [
      'two digests of one algorithm',
      [zonemd(SERIAL, 1, 1, right), zonemd(SERIAL, 1, 1, wrong)],
      {state: 'mismatch', algorithms: ['sha384']},
    ],
    [
      'the right digest twice',
      [zonemd(SERIAL, 1, 1, right), zonemd(SERIAL, 1, 1, right)],
      {state: 'verified', algorithm: 'sha384'},
    ],
  ])('%s', (_, digests, outcome) => {
    expect(check(...digests)).toEqual(outcome)
  })

  test('a ZONEMD cut short', () => {
    for (let length = 0; length < 6; length++) {
      const cut = {type: 63, wire: record(wire('example'), 63, new Uint8Array(length).fill(1))}
      expect(verify(transferOfRecords('example', [...bare, cut]))).toEqual({state: 'unsupported'})
    }
  })
})
