import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import {ZoneProvision} from '../../../../src/lib/sync/provide/provide-zone.js'
import {Refusals} from '../../../../src/lib/sync/provide/refusals.js'
import {Signer} from '../../../../src/lib/sync/provide/signer.js'
import {signAnew} from '../../../../src/lib/sync/provide/signing-anew.js'
import type {Receipt} from '../../../../src/lib/zone/report.js'
import {signState, TrustedKeys} from '../../../../src/lib/zone/signature.js'
import {generateSigningKey} from '../../../../src/lib/zone/signing-key.js'
import type {ZoneState} from '../../../../src/lib/zone/version.js'
import {Chance, NO_CHANCE} from '../../../support/fakes/chance.js'
import {FakePrimary} from '../../../support/fakes/primary.js'
import {MemoryZoneStore} from '../../../support/fakes/zone-store.js'
import {tombstoneOf, versionOf} from '../../../support/versions.js'

const never = new AbortController().signal
const [A, B] = [zoneName('a.test'), zoneName('b.test')]
const [key, other, stranger] = [generateSigningKey(), generateSigningKey(), generateSigningKey()]
const NOW = Date.UTC(2026, 10, 22)
const YEAR = 365 * 86_400_000

beforeEach(() => {
  vi.useFakeTimers({now: NOW})
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a signer', () => {
  const signerAt = (now: () => number) => new Signer({key, trusted: [other], now})
  const sequenceOf = (state: ZoneState) => state.signed?.sequence ?? 0
  const foreign = (sequence: number, by = stranger) => signState(versionOf(A), by, sequence)

  it('gives each state of a zone a larger sequence, whatever the clock does, and whether the last was stored or not', () => {
    const steps = fc.array(fc.record({now: fc.nat(NOW), isStored: fc.boolean()}), {minLength: 2})
    fc.assert(
      fc.property(steps, (all) => {
        let now = 0
        const signer = signerAt(() => now)
        let known: ZoneState | undefined
        let last = -1
        for (const step of all) {
          now = step.now
          const signed = signer.sign(versionOf(A), known)
          expect(sequenceOf(signed)).toBeGreaterThan(last)
          last = sequenceOf(signed)
          if (step.isStored) {
            signer.stored(signed)
            known = signed
          }
          if (known) expect(signer.isGood(known)).toBe(step.isStored)
        }
      }),
      {numRuns: 50},
    )
  })

  it('outdoes what nobody vouches for, but not beyond reason', () => {
    const signer = signerAt(() => NOW)
    expect(sequenceOf(signer.sign(versionOf(A), foreign(NOW + 9 * YEAR)))).toBe(NOW + 9 * YEAR + 1)
    expect(sequenceOf(signer.sign(versionOf(B), foreign(Number.MAX_SAFE_INTEGER - 5)))).toBe(NOW)
  })

  it('goes on after what it vouches for itself, however far ahead', () => {
    for (const by of [key, other])
      expect(sequenceOf(signerAt(() => NOW).sign(versionOf(A), foreign(NOW + 20 * YEAR, by)))).toBe(
        NOW + 20 * YEAR + 1,
      )
  })

  it('holds what is stored for outdone by what was signed but may not be stored', () => {
    const signer = signerAt(() => NOW)
    const lost = signer.sign(versionOf(A), undefined)
    const stored = foreign(sequenceOf(lost) - 1, other)
    expect(signer.isOurs(stored)).toBe(true)
    expect(signer.isGood(stored)).toBe(false)
    expect(sequenceOf(signer.sign(versionOf(A), stored))).toBe(NOW + 1)
  })

  it('knows what it just signed, and nothing that differs from it in a word', () => {
    const signer = signerAt(() => NOW)
    const signed = signer.sign(versionOf(A), undefined)
    const about = {key: key.id, sequence: NOW, ...signed.signed, signature: 'A'.repeat(86)}
    const forged = [
      {...signed, event: signed.event + 1},
      {...signed, zone: B},
      {...signed, mayExpire: true as const},
      {...signed, signed: about},
      {...signed, signed: {...about, ...signed.signed, sequence: NOW + 1}},
      tombstoneOf(A),
    ]
    for (const state of forged) expect(signer.isOurs(state)).toBe(false)
    for (let again = 0; again < 3; again++) expect(signer.isOurs(structuredClone(signed))).toBe(true)
    for (const state of forged) expect(signer.isOurs(state)).toBe(false)
  })

  it('outdoes what somebody has seen', () => {
    const signer = signerAt(() => NOW)
    const stored = signer.sign(versionOf(A), undefined)
    signer.stored(stored)
    signer.outdo(A, NOW + YEAR)
    expect(signer.isGood(stored)).toBe(false)
    const next = signer.sign(versionOf(A), stored)
    expect(sequenceOf(next)).toBe(NOW + YEAR + 2)
    signer.stored(next)
    signer.outdo(A, NOW + 100 * YEAR)
    expect(signer.isGood(next)).toBe(true)
  })
})

describe('providing one zone with signatures', () => {
  function setting() {
    const primary = new FakePrimary(new Chance(NO_CHANCE))
    const store = new MemoryZoneStore(new Chance(NO_CHANCE))
    const signer = new Signer({key, trusted: [other], now: Date.now})
    const admission = {zonemd: 'verify', expiredSignatures: 'refuse'} as const
    const options = {
      primary,
      store,
      admission,
      inlineBytes: 100_000,
      now: Date.now,
      onLeftover: () => undefined,
    }
    const provisionOf = (more = {}) => new ZoneProvision({...options, ...more})
    const provide = async (zone: ZoneName, more = {}, provision = provisionOf({signer})) => {
      const outcome = provision.provide(zone, 0, false, never, {asked: false, ...more})
      outcome.catch(() => undefined)
      await vi.advanceTimersByTimeAsync(100)
      return outcome
    }
    const state = (zone = A) => {
      const found = store.peek(zone)?.state
      if (!found) throw new Error('nothing is stored')
      return found
    }
    const faultOf = (zone = A) => new TrustedKeys([key]).faultOf(state(zone))
    return {primary, store, signer, provisionOf, provide, state, faultOf}
  }

  it('signs what was stored before signing was switched on, once, and says the same of it', async () => {
    const {primary, provisionOf, provide, state, faultOf} = setting()
    primary.set(A, 5)
    await provide(A, {}, provisionOf())
    const {signed: _, revision: _r, at: _a, ...before} = state()
    expect(faultOf()).toBe('unsigned')
    expect(await provide(A)).toEqual({outcome: 'stored', revision: 2})
    const {signed, revision: _s, at: _b, ...after} = state()
    expect(after).toEqual(before)
    expect([faultOf(), signed?.key]).toEqual([undefined, key.id])
    expect(await provide(A)).toEqual({outcome: 'unchanged', revision: 2})
  })

  it('leaves what another trusted zone-provider signed, and signs anew what nobody trusts or what was altered', async () => {
    const {primary, store, provisionOf, provide, state, faultOf} = setting()
    primary.set(A, 5)
    await provide(A, {}, provisionOf({signer: new Signer({key: other, trusted: [], now: Date.now})}))
    expect(await provide(A)).toEqual({outcome: 'unchanged', revision: 1})
    const {body} = store.peek(A) ?? {body: Buffer.alloc(0)}
    for (const altered of [
      signState(state(), stranger, NOW + 1),
      {...signState(state(), key, NOW + 2), event: 9},
    ]) {
      store.write(altered, body)
      expect(await provide(A)).toMatchObject({outcome: 'stored'})
      expect(faultOf()).toBeUndefined()
      expect(state().signed?.sequence).toBeGreaterThan(altered.signed?.sequence ?? 0)
    }
  })

  it('signs tombstones, also those that were there, and for a secondary that refused also of what nobody knows', async () => {
    const {store, provide, state, faultOf} = setting()
    store.write(tombstoneOf(A), new Uint8Array())
    expect(await provide(A)).toEqual({outcome: 'tombstone', revision: 2})
    expect(await provide(A)).toEqual({outcome: 'tombstone', revision: 2})
    expect(faultOf()).toBeUndefined()
    expect(await provide(B)).toEqual({outcome: 'absent'})
    expect(await provide(B, {refused: true})).toEqual({outcome: 'tombstone', revision: 3})
    expect(state(B)).toMatchObject({kind: 'tombstone', signed: {key: key.id}})
  })

  it('does not bury a zone that is gone without anybody asking because somebody refused it', async () => {
    const {primary, provide, state} = setting()
    primary.set(A, 5)
    await provide(A)
    primary.delete(A)
    await expect(provide(A, {refused: true})).rejects.toMatchObject({code: 'PDIST_ZONE_VANISHED'})
    expect(state().kind).toBe('version')
  })

  it('signs the same contents anew where a secondary has seen something newer', async () => {
    const {primary, signer, provisionOf, provide, state} = setting()
    const provision = provisionOf({signer})
    primary.set(A, 5)
    await provide(A, {}, provision)
    signer.outdo(A, NOW + YEAR)
    expect(await provide(A, {}, provision)).toEqual({outcome: 'stored', revision: 2})
    expect(state().signed?.sequence).toBeGreaterThan(NOW + YEAR)
    expect(await provide(A, {}, provision)).toEqual({outcome: 'unchanged', revision: 2})
  })
})

describe('what secondaries refuse', () => {
  function setting({known = (zone: ZoneName) => zone !== ''} = {}) {
    const looks: ZoneName[] = []
    const outdone: Array<[ZoneName, number]> = []
    const stop = new AbortController()
    const refusals = new Refusals({
      signer: {outdo: (zone, sequence) => outdone.push([zone, sequence])},
      repairs: {
        run: async (repairs) => {
          for (const {zone, gone} of repairs) {
            expect(gone).toBe(false)
            looks.push(zone)
          }
          return new Set<ZoneName>()
        },
      },
      isKnown: known,
      log: silentLogger,
      now: Date.now,
    })
    const running = refusals.run(stop.signal)
    const end = async () => {
      stop.abort()
      await vi.advanceTimersByTimeAsync(1)
      await running
      expect(vi.getTimerCount()).toBe(0)
    }
    return {refusals, looks, outdone, end}
  }

  function receipt(zone: ZoneName, code: string, sequence?: number): Receipt {
    const about = {secondary: 'ns1', zone, revision: 1, event: 0, ms: 1, at: NOW, outcome: 'failed'} as const
    return {...about, error: {code, message: '', hints: []}, ...(sequence === undefined ? {} : {sequence})}
  }

  it('is looked at at once, then less and less often', async () => {
    const {refusals, looks, outdone, end} = setting()
    refusals.heard(receipt(A, 'PDIST_REPLAYED', 77))
    await vi.advanceTimersByTimeAsync(10)
    expect([looks, outdone]).toEqual([[A], [[A, 77]]])
    for (let second = 0; second < 3600; second++) {
      refusals.heard(receipt(A, 'PDIST_FORGED'))
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(looks.length).toBeGreaterThan(5)
    expect(looks.length).toBeLessThan(15)
    refusals.heard(receipt(B, 'PDIST_UNSIGNED'))
    await vi.advanceTimersByTimeAsync(10)
    expect(looks.at(-1)).toBe(B)
    await end()
  })

  it('is nothing where another look does not help, or where all is well', async () => {
    const {refusals, looks, end} = setting()
    refusals.heard(receipt(A, 'PDIST_UNKNOWN_KEY'))
    refusals.heard(receipt(A, 'PDIST_NOT_SERVED'))
    refusals.heard({secondary: 'ns1', zone: A, revision: 1, event: 0, ms: 1, at: NOW, outcome: 'removed'})
    await vi.advanceTimersByTimeAsync(10_000)
    expect(looks).toEqual([])
    await end()
  })

  it('are few made-up names an hour, while zones that are known are always looked at', async () => {
    const {refusals, looks, end} = setting({known: (zone) => zone === A})
    for (let i = 0; i < 3000; i++) refusals.heard(receipt(zoneName(`made-up-${i}.test`), 'PDIST_UNSIGNED'))
    refusals.heard(receipt(A, 'PDIST_UNSIGNED'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(looks).toHaveLength(1001)
    expect(looks).toContain(A)
    await vi.advanceTimersByTimeAsync(3_700_000)
    refusals.heard(receipt(B, 'PDIST_UNSIGNED'))
    await vi.advanceTimersByTimeAsync(10)
    expect(looks.at(-1)).toBe(B)
    await end()
  })
})

describe('signing anew', () => {
  it('looks at all that is not signed, and at what that does not help less and less often', async () => {
    const unsigned = new Set(Array.from({length: 120}, (_, i) => zoneName(`z${i}.test`)))
    const looks = new Map<ZoneName, number>()
    const run = async (repairs: Iterable<{zone: ZoneName; gone: boolean}>) => {
      for (const {zone, gone} of repairs) {
        expect(gone).toBe(false)
        looks.set(zone, (looks.get(zone) ?? 0) + 1)
        if (zone !== zoneName('z7.test')) unsigned.delete(zone)
      }
      return new Set<ZoneName>()
    }
    const stop = new AbortController()
    const running = signAnew(
      {unsigned: () => unsigned, repairs: {run}, log: silentLogger, now: Date.now},
      stop.signal,
    )
    await vi.advanceTimersByTimeAsync(1000)
    expect(looks.size).toBe(120)
    await vi.advanceTimersByTimeAsync(3_600_000)
    const stubborn = looks.get(zoneName('z7.test')) ?? 0
    expect(stubborn).toBeGreaterThan(5)
    expect(stubborn).toBeLessThan(15)
    expect(looks.get(zoneName('z8.test'))).toBe(1)
    stop.abort()
    await vi.advanceTimersByTimeAsync(1)
    await running
    expect(vi.getTimerCount()).toBe(0)
  })
})
