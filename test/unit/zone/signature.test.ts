import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {signedBytes, signState, TrustedKeys} from '../../../src/lib/zone/signature.js'
import {generateSigningKey} from '../../../src/lib/zone/signing-key.js'
import {decodeState, encodeState, keyOf, type ZoneState} from '../../../src/lib/zone/version.js'
import {stored, tombstoneOf, versionOf} from '../../support/versions.js'
import {zoneStates} from '../../support/zone-states.js'

const key = generateSigningKey()
const trusted = new TrustedKeys([key])
const sequences = fc.nat(2 ** 50)
const keys = fc.stringMatching(/^[0-9a-f]{16}$/)

function textOf(state: ZoneState, seal: {key: string; sequence: number}): string {
  return Buffer.from(signedBytes(state, seal)).toString('latin1')
}

describe('the bytes that are signed', () => {
  const sealed = fc.record({state: zoneStates, key: keys, sequence: sequences})

  it('differ for any two headers, keys or sequences that differ', () => {
    fc.assert(
      fc.property(sealed, sealed, (a, b) => {
        const {signed: _a, ...one} = a.state
        const {signed: _b, ...other} = b.state
        const same =
          JSON.stringify([sorted(one), a.key, a.sequence]) ===
          JSON.stringify([sorted(other), b.key, b.sequence])
        expect(textOf(a.state, a) === textOf(b.state, b)).toBe(same)
      }),
    )
  })

  it('differ where any one thing in the header does', () => {
    fc.assert(
      fc.property(zoneStates, fc.nat(), (state, choice) => {
        const {signed: _, ...bare} = state
        const changes = alterationsOf(bare)
        const altered = changes[choice % changes.length] as unknown as ZoneState
        const seal = {key: key.id, sequence: 1}
        expect(textOf(altered, seal)).not.toBe(textOf(state, seal))
      }),
      {numRuns: 1000},
    )
  })

  it('stay as they are for ever, for what older ones signed', () => {
    const fingerprint = {serial: 7, signatures: [{keyTag: 1, inception: 2, expiration: 3}], keySet: 'k'}
    const version = versionOf('a.test', {fingerprint, expires: 3, mayExpire: true, object: 'o', event: 9})
    const seal = {key: '0123456789abcdef', sequence: 5}
    const x = 'x'.repeat(43)
    expect(textOf(version, seal)).toBe(
      `["pdist zone state 1","version","a.test.","0123456789abcdef",5,9,1700000000000,7,[[1,2,3]],"k","${x}","${x}",3,true,3,100,1,10,"o"]`,
    )
    expect(textOf(tombstoneOf('a.test'), seal)).toBe(
      '["pdist zone state 1","tombstone","a.test.","0123456789abcdef",5,0,1700000000000]',
    )
  })
})

describe('a signed state', () => {
  it('is right after its way through the store, whatever its revision there', () => {
    fc.assert(
      fc.property(zoneStates, sequences, (state, sequence) => {
        const signed = signState(state, key, sequence)
        const read = decodeState(keyOf(signed), encodeState(signed))
        expect(read).toEqual(signed)
        expect(trusted.faultOf(stored(read, 5))).toBeUndefined()
        expect(trusted.areNamedBy(read)).toBe(true)
      }),
      {numRuns: 50},
    )
  })

  it("is forged where anything was altered, or where it is in another zone's place", () => {
    fc.assert(
      fc.property(zoneStates, fc.nat(), (state, choice) => {
        const {signed, ...bare} = signState(state, key, 5)
        const changes = alterationsOf(bare)
        const altered = changes[choice % changes.length] as unknown as ZoneState
        expect(trusted.faultOf({...altered, ...(signed ? {signed} : {})})).toBe('forged')
      }),
      {numRuns: 200},
    )
    const version = signState(versionOf('a.test'), key, 5)
    expect(trusted.faultOf({...version, ...tombstoneOf('a.test')})).toBe('forged')
    const {signed} = version
    if (!signed) throw new Error('it is not signed')
    expect(trusted.faultOf({...version, signed: {...signed, sequence: 6}})).toBe('forged')
    const other = signState(versionOf('b.test'), key, 5)
    expect(trusted.faultOf({...version, signed: {...signed, signature: other.signed?.signature ?? ''}})).toBe(
      'forged',
    )
  })

  it('is told from what nobody or somebody else signed', () => {
    const version = versionOf('a.test')
    expect(trusted.faultOf(version)).toBe('unsigned')
    expect(trusted.areNamedBy(version)).toBe(false)
    const stranger = generateSigningKey()
    const theirs = signState(version, stranger, 1)
    expect(trusted.faultOf(theirs)).toBe('unknown key')
    expect(new TrustedKeys([key, stranger]).faultOf(theirs)).toBeUndefined()
    // Under the name of a key that is trusted.
    const signed = {...(theirs.signed ?? {sequence: 1, signature: ''}), key: key.id}
    expect(trusted.faultOf({...version, signed})).toBe('forged')
  })
})

/** Every header that differs from this one in a single value. */
function alterationsOf(value: object): object[] {
  const entries = Object.entries(value).filter(([name]) => name !== 'kind')
  return entries.flatMap(([name, inner]) => alteredValues(inner).map((other) => ({...value, [name]: other})))
}

function alteredValues(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1]
  if (typeof value === 'string') return [`${value}x`]
  if (typeof value === 'boolean') return [undefined]
  if (Array.isArray(value)) {
    const shorter = value.length > 0 ? [value.slice(1)] : []
    const inner = value.flatMap((one, i) => alteredValues(one).map((other) => value.with(i, other)))
    return [...shorter, ...inner, [...value, {keyTag: 1, inception: 1, expiration: 1}]]
  }
  return alterationsOf(value as object)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner)])
}
