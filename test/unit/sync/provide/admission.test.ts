import {describe, expect, test} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {
  type AdmissionPolicy,
  admit,
  notYetValid,
  refuseExpired,
} from '../../../../src/lib/sync/provide/admission.js'
import {recordsOfText, type TextRecord, transferOfRecords} from '../../../support/zone-text.js'

const SERIAL = 2018031900
const DIGEST =
  'c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c'
const EXPIRES = 1_800_000_000

const zone = recordsOfText(`
example. 86400 SOA ns1.example. admin.example. ${SERIAL} 1800 900 604800 86400
example. 86400 NS ns1.example.
example. 86400 NS ns2.example.
ns1.example. 3600 A 203.0.113.63
ns2.example. 3600 AAAA 2001:db8::63`)
const zonemd = (serial: number, hash: number, digest: string) =>
  recordsOfText(`example. 86400 ZONEMD ${serial} 1 ${hash} ${digest}`)

describe('a zone', () => {
  const RIGHT = zonemd(SERIAL, 1, DIGEST)
  const WRONG = zonemd(SERIAL, 1, DIGEST.replace('c6', 'c7'))
  const OLDER = zonemd(SERIAL - 1, 1, DIGEST)
  const UNKNOWN = zonemd(SERIAL, 9, DIGEST)
  const MISMATCH = 'PDIST_ZONEMD_MISMATCH'
  const MISSING = 'PDIST_ZONEMD_MISSING'

  test.each<[string, TextRecord[], AdmissionPolicy['zonemd'], string | undefined]>([
    ['with the right digest', RIGHT, 'verify', undefined],
    ['with the right digest', RIGHT, 'require', undefined],
    ['with a wrong digest', WRONG, 'off', undefined],
    ['with a wrong digest', WRONG, 'verify', MISMATCH],
    ['with a wrong digest', WRONG, 'require', MISMATCH],
    ['with the digest of another serial', OLDER, 'off', undefined],
    ['with the digest of another serial', OLDER, 'verify', MISMATCH],
    ['with the digest of another serial', OLDER, 'require', MISMATCH],
    ['with a digest of an unknown algorithm', UNKNOWN, 'verify', undefined],
    ['with a digest of an unknown algorithm', UNKNOWN, 'require', MISSING],
    ['without a digest', [], 'verify', undefined],
    ['without a digest', [], 'require', MISSING],
  ])('%s', async (_, digests, policy, code) => {
    const transfer = transferOfRecords('example', [...zone, ...digests])
    expect(await codeOf(transfer, {zonemd: policy})).toBe(code)
  })

  test.each<[string, number, AdmissionPolicy['expiredSignatures'], string | undefined]>([
    ['one second before they expire', EXPIRES - 1, 'refuse', undefined],
    ['in the last second', EXPIRES, 'refuse', undefined],
    ['one second later', EXPIRES + 1, 'refuse', 'PDIST_SIGNATURES_EXPIRED'],
    ['one second later, where that is accepted', EXPIRES + 1, 'accept', undefined],
  ])('with signatures, %s', async (_, seconds, expiredSignatures, code) => {
    const transfer = {...transferOfRecords('example', zone), expires: EXPIRES}
    expect(await codeOf(transfer, {expiredSignatures}, seconds * 1000 + 999)).toBe(code)
  })

  async function codeOf(
    transfer: Parameters<typeof admit>[0],
    policy: Partial<AdmissionPolicy>,
    now = 0,
  ): Promise<unknown> {
    const whole = {zonemd: 'verify', expiredSignatures: 'refuse', ...policy} as const
    try {
      await admit(transfer, whole, now, new AbortController().signal)
      return undefined
    } catch (error) {
      expect(error).toMatchObject({message: expect.stringContaining('example.')})
      expect((error as {hints: string[]}).hints.length).toBeGreaterThan(1)
      return (error as {code: string}).code
    }
  }
})

test('what expired is told with its date, also where the 32 bits have wrapped', () => {
  const expired = (expires: number, now: string) => () =>
    refuseExpired({zone: zoneName('example'), expires}, Date.parse(now))
  expect(expired(EXPIRES, '2027-02-01')).toThrow('expired at 2027-01-15T08:00:00.000Z')
  expect(expired(0, '2106-02-08')).toThrow('expired at 2106-02-07T06:28:16.000Z')
  expect(expired(100, '2106-02-07')).not.toThrow()
  expect(() =>
    refuseExpired({zone: zoneName('x'), expires: 1, mayExpire: true}, EXPIRES * 1000),
  ).not.toThrow()
  expect(() => refuseExpired({zone: zoneName('x')}, EXPIRES * 1000)).not.toThrow()
})

test('signatures are called not valid yet where all of them begin later than in an hour', () => {
  const transfer = (...inceptions: number[]) => ({
    signatures: inceptions.map((inception) => ({keyTag: 1, inception, expiration: EXPIRES})),
  })
  const now = 1_000_000_000
  expect(notYetValid(transfer(now + 3601), now * 1000)).toBe(now + 3601)
  for (const usual of [transfer(), transfer(now + 3600), transfer(now - 1), transfer(now + 9999, now)])
    expect(notYetValid(usual, now * 1000)).toBeUndefined()
})
