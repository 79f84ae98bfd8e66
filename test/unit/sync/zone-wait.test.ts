import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {
  type Aim,
  type NotYet,
  type Proof,
  waitForZone,
  type ZoneWaitOptions,
} from '../../../src/lib/sync/zone-wait.js'
import type {Receipt} from '../../../src/lib/zone/report.js'

const ZONE = zoneName('example.test')

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** Secondaries that answer as the test says, and what was asked of them. */
class FakeAim implements Aim {
  readonly asked: string[] = []
  readonly serves = new Map<string, Proof>()
  readonly silent = new Set<string>()

  async ask(secondary: string): Promise<Proof | NotYet> {
    this.asked.push(secondary)
    if (this.silent.has(secondary)) throw new Error('silence')
    return this.serves.get(secondary) ?? {state: 'waiting', serial: 1}
  }

  /** Revision 2 is what is waited for. */
  read(receipt: Receipt): Proof | undefined {
    if (receipt.outcome !== 'served' || receipt.revision < 2) return undefined
    return {state: 'served', serial: receipt.serial}
  }
}

function wait(options: Partial<ZoneWaitOptions> = {}, aim = new FakeAim()) {
  let on: (receipt: Receipt) => void = () => undefined
  let watchers = 0
  const system = {
    watchReceipts: (_: unknown, hear: (receipt: Receipt) => void) => {
      on = hear
      watchers++
      return () => watchers--
    },
    watching: async () => undefined,
  }
  const report = waitForZone(system, ZONE, aim, {
    waitFor: 'all',
    timeoutMs: 1_000,
    secondaries: ['ns1', 'ns2'].map((name) => ({name, active: true})),
    now: Date.now,
    signal: new AbortController().signal,
    ...options,
  })
  report.catch(() => undefined)
  const proof = (secondary: string, revision: number) => ({
    zone: ZONE,
    secondary,
    event: 0,
    at: 0,
    revision,
    ms: 1,
  })
  return {
    aim,
    report,
    watchers: () => watchers,
    served: (secondary: string, revision = 2) =>
      on({...proof(secondary, revision), outcome: 'served', serial: revision}),
    failed: (secondary: string) =>
      on({...proof(secondary, 2), outcome: 'failed', error: {code: 'PDIST_X', message: 'no', hints: []}}),
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

describe('waiting for a zone', () => {
  it('asks everybody once where all have it', async () => {
    const aim = new FakeAim()
    aim.serves.set('ns1', {state: 'served', serial: 2}).set('ns2', {state: 'removed'})
    const {report, watchers} = wait({}, aim)
    expect(await report).toEqual({
      zone: ZONE,
      confirmed: true,
      secondaries: [
        {secondary: 'ns1', state: 'served', serial: 2, ms: 0},
        {secondary: 'ns2', state: 'removed', ms: 0},
      ],
    })
    expect([aim.asked.toSorted(), watchers()]).toEqual([['ns1', 'ns2'], 0])
  })

  it('takes a receipt for an answer, and any other one for a reason to ask', async () => {
    const {aim, report, served} = wait()
    await settle()
    served('ns1')
    await settle()
    expect(aim.asked).toEqual(['ns1', 'ns2'])
    served('ns2', 1)
    await settle()
    expect(aim.asked).toEqual(['ns1', 'ns2', 'ns2'])
    aim.serves.set('ns2', {state: 'served'})
    served('ns2', 1)
    expect(await report).toMatchObject({confirmed: true, secondaries: [{serial: 2}, {state: 'served'}]})
  })

  it('asks again now and then where no receipt comes', async () => {
    const {aim, report} = wait({timeoutMs: 60_000})
    await settle()
    await vi.advanceTimersByTimeAsync(30_000)
    // Delays of 0.5, 1, 2, 4 and then 5 seconds, each up to a third shorter.
    expect(aim.asked.length).toBeGreaterThan(2 * 6)
    expect(aim.asked.length).toBeLessThan(2 * 16)
    aim.serves.set('ns1', {state: 'served'}).set('ns2', {state: 'served'})
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await report).toMatchObject({confirmed: true})
  })

  it('tells who was not there in time, and why', async () => {
    const aim = new FakeAim()
    aim.silent.add('ns1')
    const {report, failed, watchers} = wait({secondaries: [...two(), {name: 'ns3', active: false}]}, aim)
    await vi.advanceTimersByTimeAsync(990)
    failed('ns2')
    // Whoever answers after all is only late.
    aim.serves.clear()
    await vi.advanceTimersByTimeAsync(10)
    const {confirmed, secondaries} = await report
    expect(confirmed).toBe(false)
    expect(secondaries.map(({state}) => state)).toEqual(['waiting', 'waiting', 'inactive'])
    expect(secondaries[0]?.error?.message).toBe('silence')
    expect(watchers()).toBe(0)
  })

  it.each([
    ['any', 1],
    [1, 1],
    [2, 2],
  ] as const)('for %s needs %d', async (waitFor, needed) => {
    const proofs: string[] = []
    const {report, served} = wait({waitFor, onProof: ({secondary}) => proofs.push(secondary)})
    await settle()
    for (const name of ['ns1', 'ns2'].slice(0, needed)) {
      expect(await Promise.race([report, settle()])).not.toHaveProperty('confirmed')
      served(name)
      served(name)
    }
    expect(await report).toMatchObject({confirmed: true})
    expect(proofs).toHaveLength(needed)
  })

  it('ends with its signal, and at once where nobody is active', async () => {
    const abort = new AbortController()
    const {report, watchers} = wait({signal: abort.signal})
    await settle()
    abort.abort(new Error('enough'))
    await expect(report).rejects.toThrow('enough')
    expect(watchers()).toBe(0)
    const nobody = wait({secondaries: [{name: 'ns1', active: false}]})
    await expect(nobody.report).rejects.toMatchObject({code: 'PDIST_NO_SECONDARY'})
  })
})

function two() {
  return ['ns1', 'ns2'].map((name) => ({name, active: true}))
}
