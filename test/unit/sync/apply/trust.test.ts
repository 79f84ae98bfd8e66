import {beforeEach, describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {Accepted} from '../../../../src/lib/sync/apply/accepted.js'
import {SignatureTrust} from '../../../../src/lib/sync/apply/trust.js'
import {signState, TrustedKeys} from '../../../../src/lib/zone/signature.js'
import {generateSigningKey} from '../../../../src/lib/zone/signing-key.js'
import type {ZoneState} from '../../../../src/lib/zone/version.js'
import {tombstoneOf, versionOf} from '../../../support/versions.js'

const never = new AbortController().signal
const A = zoneName('a.test')
const SINCE = 1000
const [key, second, stranger] = [generateSigningKey(), generateSigningKey(), generateSigningKey()]

let accepted: Accepted
let trust: SignatureTrust
let served: number | undefined
beforeEach(() => {
  accepted = new Accepted({since: SINCE})
  served = undefined
  trust = new SignatureTrust({
    keys: new TrustedKeys([key, second]),
    accepted,
    onAccepted: ({zone, kind, signed}) =>
      accepted.note(zone, {sequence: signed?.sequence ?? 0, gone: kind === 'tombstone'}),
    served: {
      fingerprintOf: async () =>
        served === undefined ? {state: 'not-served'} : {state: 'served', serial: served, signatures: []},
    },
  })
})

function version(sequence: number, serial = 1, by = key): ZoneState {
  return signState(versionOf(A, {fingerprint: {serial, signatures: []}}), by, sequence)
}

function tombstone(sequence: number): ZoneState {
  return signState(tombstoneOf(A), key, sequence)
}

function outcomeOf(state: ZoneState): Promise<string> {
  return trust.admit(state, never).then(
    () => 'taken',
    ({code, sequence}) => [code, sequence].filter((part) => part !== undefined).join(' '),
  )
}

describe('a syncer that trusts keys', () => {
  it('takes what a trusted key signed, and tells why it takes nothing else', async () => {
    expect(await outcomeOf(version(1))).toBe('taken')
    expect(await outcomeOf(version(2, 1, second))).toBe('taken')
    expect(await outcomeOf(versionOf(A))).toBe('PDIST_UNSIGNED')
    expect(await outcomeOf(version(3, 1, stranger))).toBe('PDIST_UNKNOWN_KEY')
    expect(await outcomeOf({...version(3), event: 77})).toBe('PDIST_FORGED')
    expect(await outcomeOf({...version(3), zone: zoneName('b.test')})).toBe('PDIST_FORGED')
    // Nothing of that was remembered.
    expect(await outcomeOf(version(2))).toBe('taken')
  })

  it('takes the same again, and nothing older, by whichever key, of whichever serial', async () => {
    expect(await outcomeOf(version(5, 7))).toBe('taken')
    expect(await outcomeOf(version(5, 7))).toBe('taken')
    expect(await outcomeOf(version(4, 8, second))).toBe('PDIST_REPLAYED 5')
    expect(await outcomeOf(tombstone(4))).toBe('PDIST_REPLAYED 5')
    // A restored primary.
    expect(await outcomeOf(version(6, 1))).toBe('taken')
  })

  it('does not take back a zone that was deleted, nor a deletion that was taken back', async () => {
    await trust.admit(version(5), never)
    await trust.admit(tombstone(6), never)
    expect(await outcomeOf(version(5))).toBe('PDIST_REPLAYED 6')
    expect(await outcomeOf(version(7))).toBe('taken')
    expect(await outcomeOf(tombstone(6))).toBe('PDIST_REPLAYED 7')
  })

  describe('that remembers nothing of a zone', () => {
    it('takes it where it is not served here', async () => {
      expect(await outcomeOf(version(1))).toBe('taken')
      expect(await outcomeOf(tombstone(2))).toBe('taken')
    })

    it.each([
      ['a newer serial', 8, 'taken'],
      ['the same serial', 7, 'taken'],
      ['an older serial', 6, `PDIST_REPLAYED ${SINCE}`],
      ['an older serial over the wrap', 2 ** 32 - 1, `PDIST_REPLAYED ${SINCE}`],
    ])('judges what was signed before by what is served: %s', async (_, serial, outcome) => {
      served = 7
      expect(await outcomeOf(version(SINCE, serial))).toBe(outcome)
    })

    it('does not remove a zone that is served for what was signed before', async () => {
      served = 7
      expect(await outcomeOf(tombstone(SINCE))).toBe(`PDIST_REPLAYED ${SINCE}`)
      expect(await outcomeOf(tombstone(SINCE + 1))).toBe('taken')
    })

    it('takes what was signed since, whatever its serial', async () => {
      served = 7
      expect(await outcomeOf(version(SINCE + 1, 1))).toBe('taken')
    })

    it('takes nothing that may have been forgotten', async () => {
      accepted.raiseFloor(2000)
      expect(await outcomeOf(version(2000))).toBe('PDIST_REPLAYED 2000')
      expect(await outcomeOf(version(2001))).toBe('taken')
    })
  })

  it('removes no zone for that nobody knows it', () => {
    expect(() => trust.admitRemoval(A)).toThrow(expect.objectContaining({code: 'PDIST_UNSIGNED'}))
  })
})
