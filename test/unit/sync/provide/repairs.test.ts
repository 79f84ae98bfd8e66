import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import {Guard, type PlanBoard} from '../../../../src/lib/sync/compare/guard.js'
import {HeldLosses} from '../../../../src/lib/sync/provide/held-losses.js'
import {ZoneProvision} from '../../../../src/lib/sync/provide/provide-zone.js'
import {type PendingEvent, Provider} from '../../../../src/lib/sync/provide/provider.js'
import {Repairs} from '../../../../src/lib/sync/provide/repairs.js'
import type {HeldPlan} from '../../../../src/lib/zone/plan.js'
import type {Provision} from '../../../../src/lib/zone/report.js'
import {Chance, NO_CHANCE} from '../../../support/fakes/chance.js'
import {FakePrimary} from '../../../support/fakes/primary.js'
import {MemoryZoneStore} from '../../../support/fakes/zone-store.js'

const never = new AbortController().signal
const A = zoneName('a.test')
const ZONES = Array.from({length: 20}, (_, i) => zoneName(`z${i}.test`))

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A provider of eight, with repairs, and a guard that lets no zone lose anything. */
function setting(delayMs = 0) {
  const chance = new Chance({...NO_CHANCE, delays: [delayMs]})
  const primary = new FakePrimary(chance)
  const store = new MemoryZoneStore(new Chance(NO_CHANCE))
  const plans = new Map<string, HeldPlan>()
  const board: PlanBoard = {
    status: async (id) => plans.get(id)?.status,
    hold: async (plan) => void plans.set(plan.id, plan),
    drop: async (id) => void plans.delete(id),
    list: vi.fn(async () => [...plans.values()]),
  }
  const limits = {
    deletions: 10,
    deletionShare: 0.1,
    records: 0,
    recordLossShare: 0,
    exempt: new Set<ZoneName>(),
  }
  const losses = new HeldLosses(new Guard({board, limits, log: silentLogger, now: Date.now}))
  const stop = new AbortController()
  const reports: Provision[] = []
  const admission = {zonemd: 'verify', expiredSignatures: 'refuse'} as const
  const options = {
    primary,
    store,
    losses,
    admission,
    inlineBytes: 100_000,
    now: Date.now,
    onLeftover: () => undefined,
  }
  const provider = new Provider({
    ...options,
    concurrency: 8,
    log: silentLogger,
    report: (provision) => reports.push(provision),
    signal: stop.signal,
  })
  const repairs = new Repairs({provider, concurrency: 8, besideEvents: 1, now: Date.now, signal: stop.signal})
  return {primary, store, plans, board, losses, options, provider, repairs, stop, reports}
}

function event(sequence: number, fields: Partial<PendingEvent> = {}) {
  const settled: string[] = []
  const made: PendingEvent = {
    ...{zone: A, verb: 'modified', sequence, delivery: 1, id: '', source: 'api-proxy', at: 0},
    ack: () => settled.push('ack'),
    retryIn: (ms) => settled.push(`retry ${ms}`),
    working: () => undefined,
    ...fields,
  }
  return Object.assign(made, {settled})
}

/** Makes the store's version of A look as if it had more records than the primary's. */
function inflate(store: MemoryZoneStore): void {
  const entry = store.peek(A)
  if (entry?.state.kind !== 'version') throw new Error('no version')
  const {revision: _, ...state} = entry.state
  store.write({...state, records: 1000}, entry.body)
}

describe('repairs', () => {
  it('bring the store up to date, answer no event, and never take one back', async () => {
    const {primary, store, provider, repairs, reports} = setting()
    primary.set(A, 1)
    provider.handle(event(7))
    await vi.advanceTimersByTimeAsync(1000)
    primary.set(A, 2)
    expect(await repairs.run([{zone: A, gone: false}], 'comparison', never)).toEqual(new Set())
    expect(store.peek(A)?.state).toMatchObject({fingerprint: {serial: 2}, event: 7})
    primary.delete(A)
    await vi.advanceTimersByTimeAsync(1000)
    await repairs.run([{zone: A, gone: true}], 'comparison', never)
    expect(store.peek(A)?.state).toMatchObject({kind: 'tombstone', event: 7})
    expect(reports.map(({event: covered}) => covered)).toEqual([7])
  })

  it('leave half of the provider to events', async () => {
    const {primary, provider, repairs} = setting(50)
    for (const zone of [A, ...ZONES]) primary.set(zone, 1)
    const transfer = primary.transfer.bind(primary)
    let [running, most] = [0, 0]
    primary.transfer = async (zone, signal) => {
      most = Math.max(most, ++running)
      return transfer(zone, signal).finally(() => running--)
    }
    const repaired = repairs.run(
      ZONES.map((zone) => ({zone, gone: false})),
      'comparison',
      never,
    )
    await vi.advanceTimersByTimeAsync(10)
    expect(provider.pending).toBe(4)
    const urgent = event(1)
    provider.handle(urgent)
    await vi.advanceTimersByTimeAsync(110)
    expect(urgent.settled).toEqual(['ack'])
    await vi.advanceTimersByTimeAsync(2000)
    expect(await repaired).toEqual(new Set())
    expect(most).toBe(5)
  })

  it('go on one by one while events come, and all together when none came for a second', async () => {
    const {primary, provider, repairs} = setting(50)
    for (const zone of [A, ...ZONES]) primary.set(zone, 1)
    provider.handle(event(1))
    await vi.advanceTimersByTimeAsync(200)
    const wanted = ZONES.map((zone) => ({zone, gone: false}))
    const repaired = repairs.run(wanted, 'comparison', never)
    await vi.advanceTimersByTimeAsync(700)
    expect(provider.pending).toBe(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(provider.pending).toBeGreaterThan(1)
    await vi.advanceTimersByTimeAsync(5000)
    expect(await repaired).toEqual(new Set())
  })

  it('go on together after the events, also beside one that takes for ever', async () => {
    const {primary, provider, repairs} = setting(50)
    for (const zone of [A, ...ZONES]) primary.set(zone, 1)
    const transfer = primary.transfer.bind(primary)
    const slow = Promise.withResolvers<void>()
    primary.transfer = async (zone, signal) => {
      if (zone === ZONES[0]) await slow.promise
      return transfer(zone, signal)
    }
    provider.handle(event(1))
    const wanted = ZONES.map((zone) => ({zone, gone: false}))
    const repaired = repairs.run(wanted, 'comparison', never)
    await vi.advanceTimersByTimeAsync(900)
    expect(provider.pending).toBe(1)
    await vi.advanceTimersByTimeAsync(5000)
    expect(provider.pending).toBe(1)
    slow.resolve()
    await vi.advanceTimersByTimeAsync(200)
    expect(await repaired).toEqual(new Set())
    expect(vi.getTimerCount()).toBe(1)
  })

  it('tell what failed, and what was not begun', async () => {
    const {primary, repairs, stop} = setting(50)
    for (const zone of ZONES) primary.set(zone, 1)
    const [denied = A] = ZONES
    primary.denied.add(denied)
    const abort = new AbortController()
    const wanted = ZONES.map((zone) => ({zone, gone: false}))
    const running = repairs.run(wanted, 'comparison', abort.signal)
    await vi.advanceTimersByTimeAsync(10)
    abort.abort()
    await vi.advanceTimersByTimeAsync(2000)
    expect(await running).toEqual(new Set([denied, ...ZONES.slice(4)]))
    stop.abort()
    expect((await repairs.run(wanted, 'comparison', never)).size).toBe(ZONES.length)
  })
})

describe('what nobody asked for', () => {
  it('is held where it loses too much, once, and goes on when it is approved', async () => {
    const {primary, store, plans, repairs, board} = setting()
    primary.set(A, 1)
    await repairs.run([{zone: A, gone: false}], 'comparison', never)
    inflate(store)
    primary.set(A, 2)
    const again = async () => {
      await vi.advanceTimersByTimeAsync(2000)
      return repairs.run([{zone: A, gone: false}], 'comparison', never)
    }
    expect(await again()).toEqual(new Set([A]))
    const [plan] = plans.values()
    expect(plan).toMatchObject({kind: 'record loss', status: 'held', changes: [{zone: A}]})
    expect(await again()).toEqual(new Set([A]))
    expect([plans.size, store.peek(A)?.state]).toMatchObject([1, {records: 1000}])
    if (plan) plans.set(plan.id, {...plan, status: 'approved'})
    expect(await again()).toEqual(new Set())
    expect(store.peek(A)?.state).toMatchObject({fingerprint: {serial: 2}})
    expect(plans.size).toBe(0)
    // Of a zone of which nothing is held nobody asks.
    vi.mocked(board.list).mockClear()
    await again()
    expect(board.list).not.toHaveBeenCalled()
  })

  it('makes an event wait, and names the plan', async () => {
    const {primary, store, plans, provider, reports} = setting()
    primary.set(A, 1)
    provider.handle(event(1))
    await vi.advanceTimersByTimeAsync(2000)
    inflate(store)
    primary.set(A, 2)
    const noticed = event(2, {verb: 'refresh', source: 'notify'})
    provider.handle(noticed)
    await vi.advanceTimersByTimeAsync(2000)
    expect(noticed.settled).toEqual(['retry 600000'])
    const [id] = plans.keys()
    const hints = [expect.stringContaining(`pdist plan show ${id}`)]
    expect(reports.at(-1)).toMatchObject({outcome: 'failed', error: {code: 'PDIST_PLAN_HELD', hints}})
  })

  it.each([
    {verb: 'modified', source: 'api-proxy', asked: true},
    {verb: 'refresh', source: 'api-proxy', asked: false},
    {verb: 'refresh', source: 'zone push', asked: false},
    {verb: 'refresh', source: 'zone push --accept-loss', asked: true},
    {verb: 'modified', source: 'notify', asked: false},
  ] as const)('is not a $verb of $source: $asked', async ({verb, source, asked}) => {
    const {primary, store, plans, provider} = setting()
    primary.set(A, 1)
    provider.handle(event(1))
    await vi.advanceTimersByTimeAsync(2000)
    inflate(store)
    primary.set(A, 2)
    const change = event(2, {verb, source})
    provider.handle(change)
    await vi.advanceTimersByTimeAsync(2000)
    expect(change.settled).toEqual([asked ? 'ack' : 'retry 600000'])
    expect(plans.size).toBe(asked ? 0 : 1)
  })

  it('is settled by what somebody asks for', async () => {
    const {primary, store, plans, provider, repairs} = setting()
    primary.set(A, 1)
    await repairs.run([{zone: A, gone: false}], 'comparison', never)
    inflate(store)
    primary.set(A, 2)
    await vi.advanceTimersByTimeAsync(2000)
    await repairs.run([{zone: A, gone: false}], 'comparison', never)
    expect(plans.size).toBe(1)
    provider.handle(event(1))
    await vi.advanceTimersByTimeAsync(2000)
    expect(plans.size).toBe(0)
  })

  it('is judged by the newest version, not by what was known before', async () => {
    const {primary, store, plans, options} = setting()
    primary.set(A, 1)
    const provision = new ZoneProvision(options)
    await provision.provide(A, 1, false, never)
    const small = store.peek(A)
    inflate(store)
    await provision.provide(A, 2, false, never, {asked: false}).catch(() => undefined)
    plans.clear()
    // Another provider put the small one back.
    if (small?.state.kind !== 'version') throw new Error('no version')
    const {revision: _, ...state} = small.state
    store.write({...state, records: 1}, small.body)
    primary.set(A, 2)
    expect(await provision.provide(A, 3, false, never, {asked: false})).toMatchObject({outcome: 'stored'})
    expect(plans.size).toBe(0)
  })

  it('does not bury a zone that is gone, unless a comparison found that', async () => {
    const {primary, store, provider, repairs} = setting()
    primary.set(A, 1)
    provider.handle(event(1))
    await vi.advanceTimersByTimeAsync(2000)
    primary.delete(A)
    const noticed = event(2, {verb: 'refresh', source: 'notify'})
    provider.handle(noticed)
    await vi.advanceTimersByTimeAsync(2000)
    expect(noticed.settled).toEqual(['retry 600000'])
    expect(await repairs.run([{zone: A, gone: false}], 'comparison', never)).toEqual(new Set([A]))
    expect(store.peek(A)?.state.kind).toBe('version')
    expect(await repairs.run([{zone: A, gone: true}], 'comparison', never)).toEqual(new Set())
    expect(store.peek(A)?.state.kind).toBe('tombstone')
  })
})

describe('zones with held losses', () => {
  it('are known from the plans that there are', async () => {
    const {losses, board, plans} = setting()
    const held: HeldPlan = {
      ...{id: '0123456789', scope: {kind: 'store'}, kind: 'record loss', reason: '', at: 0, count: 1},
      ...{changes: [{zone: A, action: 'update', because: ''}], status: 'held'},
    }
    plans.set(held.id, held)
    await losses.settled(A)
    expect(board.list).not.toHaveBeenCalled()
    losses.note({...held, kind: 'deletions'})
    await losses.settled(A)
    expect(plans.size).toBe(1)
    losses.note(held)
    await losses.settled(A)
    expect(plans.size).toBe(0)
  })
})
