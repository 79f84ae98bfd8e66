import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import type {ListedZone} from '../../../../src/lib/sync/compare/compare-primary.js'
import {PrimaryComparison} from '../../../../src/lib/sync/compare/primary-comparison.js'
import {StorePicture} from '../../../../src/lib/sync/compare/store-picture.js'
import type {Repair} from '../../../../src/lib/sync/provide/repairs.js'
import type {PlannedChange} from '../../../../src/lib/zone/plan.js'
import {stored, tombstoneOf, versionOf} from '../../../support/versions.js'

const never = new AbortController().signal
const [A, B, C] = [zoneName('a.test'), zoneName('b.test'), zoneName('c.test')]

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A primary, a store, and repairs that bring what is not in `broken` from one into the other. */
class Setting {
  readonly picture = new StorePicture()
  readonly primary = new Map<string, ListedZone>()
  readonly broken = new Set<string>()
  readonly repaired: Repair[] = []
  readonly complete: Array<{zones: number; differences: number; storeCreated: string}> = []
  admitted: string[][] = []
  held = new Set<PlannedChange['action']>()
  #revision = 0
  readonly comparison = new PrimaryComparison({
    picture: this.picture,
    listZones: () => this.listing(),
    newestRevision: async () => this.#revision,
    guard: {
      admit: async (_, changes) => {
        this.admitted.push(changes.map(({zone, action}) => `${action} ${zone}`))
        return changes.filter(({action}) => !this.held.has(action))
      },
    },
    repairs: {run: async (repairs) => this.#repair(repairs)},
    onComplete: async (compared) => void this.complete.push(compared),
    log: silentLogger,
    now: Date.now,
  })

  constructor() {
    this.picture.onReset('stream 1')
    this.picture.onCaughtUp()
  }

  async *listing(): AsyncGenerator<ListedZone> {
    yield* this.primary.values()
  }

  has(zone: typeof A, serial: number): void {
    this.primary.set(zone, {zone, kind: 'native', serial, editedSerial: serial, lastCheck: 0})
  }

  store(zone: typeof A, serial: number | undefined): void {
    const state =
      serial === undefined ? tombstoneOf(zone) : versionOf(zone, {fingerprint: {serial, signatures: []}})
    this.picture.onState(stored(state, ++this.#revision))
  }

  async run(): Promise<Awaited<ReturnType<PrimaryComparison['run']>>> {
    const running = this.comparison.run(never)
    running.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(7000)
    return running
  }

  #repair(repairs: Iterable<Repair>) {
    const failed = new Set<typeof A>()
    for (const repair of repairs) {
      this.repaired.push(repair)
      if (this.broken.has(repair.zone)) failed.add(repair.zone)
      else this.store(repair.zone, this.primary.get(repair.zone)?.serial)
    }
    return failed
  }
}

describe('a comparison of the primary with the store', () => {
  it('has all that differs repaired, and then the store is complete', async () => {
    const setting = new Setting()
    setting.has(A, 1)
    setting.has(B, 2)
    setting.store(B, 1)
    setting.store(C, 1)
    const report = {zones: 2, differences: 3, repaired: 3, failed: 0, held: 0}
    expect(await setting.run()).toEqual(report)
    expect(setting.repaired).toEqual([
      {zone: A, gone: false},
      {zone: B, gone: false},
      {zone: C, gone: true},
    ])
    expect(setting.complete).toMatchObject([{zones: 2, differences: 3, storeCreated: 'stream 1'}])
    expect(await setting.run()).toEqual({zones: 2, differences: 0, repaired: 0, failed: 0, held: 0})
    expect(setting.complete).toHaveLength(2)
  })

  it('does not call the store complete while a zone waits, and does not try it again at once', async () => {
    const setting = new Setting()
    setting.has(A, 1)
    setting.has(B, 1)
    setting.broken.add(A)
    expect(await setting.run()).toMatchObject({repaired: 2, failed: 1})
    expect(await setting.run()).toMatchObject({differences: 1, repaired: 0})
    setting.has(A, 2)
    expect(await setting.run()).toMatchObject({repaired: 1, failed: 1})
    expect(setting.complete).toEqual([])
    setting.broken.clear()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(await setting.run()).toMatchObject({repaired: 1, failed: 0})
    expect(setting.complete).toHaveLength(1)
  })

  it('does not wait for a zone of which the primary itself has nothing', async () => {
    const setting = new Setting()
    setting.primary.set(A, {zone: A, kind: 'secondary', serial: 0, editedSerial: 0, lastCheck: 0})
    setting.broken.add(A)
    await setting.run()
    expect(setting.complete).toHaveLength(1)
  })

  it('leaves alone what the guard holds', async () => {
    const setting = new Setting()
    setting.has(A, 1)
    setting.store(B, 1)
    setting.held.add('delete')
    expect(await setting.run()).toMatchObject({repaired: 1, held: 1})
    expect(setting.repaired).toEqual([{zone: A, gone: false}])
    setting.held.clear()
    expect(await setting.run()).toMatchObject({repaired: 1, held: 0})
    expect(setting.admitted).toEqual([[`create ${A}`, `delete ${B}`], [`delete ${B}`]])
  })

  it('believes no empty listing, and keeps the plan that was held before', async () => {
    const setting = new Setting()
    setting.store(A, 1)
    expect(await setting.run()).toEqual({zones: 0, differences: 0, repaired: 0, failed: 0, held: 0})
    expect(setting.admitted).toEqual([])
  })

  it('takes what came into the store meanwhile for no difference', async () => {
    const setting = new Setting()
    setting.has(A, 2)
    setting.store(A, 1)
    const running = setting.comparison.run(never)
    await vi.advanceTimersByTimeAsync(500)
    setting.store(A, 2)
    await vi.advanceTimersByTimeAsync(7000)
    expect(await running).toMatchObject({differences: 0, repaired: 0})
    expect(setting.repaired).toEqual([])
  })

  it('ends without a result where the store was made anew meanwhile', async () => {
    const setting = new Setting()
    setting.has(A, 2)
    const running = setting.comparison.run(never)
    await vi.advanceTimersByTimeAsync(500)
    setting.picture.onReset('stream 2')
    await vi.advanceTimersByTimeAsync(7000)
    expect(await running).toBeUndefined()
    expect(await setting.run()).toBeUndefined()
    expect([setting.repaired, setting.complete, setting.admitted]).toEqual([[], [], []])
  })

  it('ends without a result where the same store is read anew meanwhile', async () => {
    const setting = new Setting()
    for (const zone of [A, B]) {
      setting.has(zone, 1)
      setting.store(zone, 1)
    }
    const {listing} = setting
    setting.listing = async function* () {
      for await (const zone of listing.call(setting)) {
        yield zone
        // Nothing of it is newer than what was compared, but all of it is told again.
        setting.picture.onReset('stream 1')
        setting.picture.onState(stored(versionOf(B, {fingerprint: {serial: 1, signatures: []}}), 2))
        setting.picture.onState(stored(versionOf(A, {fingerprint: {serial: 1, signatures: []}}), 1))
        setting.picture.onCaughtUp()
      }
    }
    expect(await setting.run()).toBeUndefined()
    expect([setting.repaired, setting.complete, setting.admitted]).toEqual([[], [], []])
  })

  it('takes no zone that came while it was listed for one that is gone', async () => {
    const setting = new Setting()
    setting.has(A, 1)
    setting.store(A, 1)
    const {listing} = setting
    setting.listing = async function* () {
      yield* listing.call(setting)
      setting.store(A, 2)
      setting.store(B, 1)
    }
    expect(await setting.run()).toMatchObject({zones: 1, differences: 0})
    expect(setting.repaired).toEqual([])
  })

  it('fails where the listing fails', async () => {
    const setting = new Setting()
    setting.store(A, 1)
    setting.listing = async function* () {
      yield {zone: B, kind: 'native', serial: 1, editedSerial: 1, lastCheck: 0}
      throw new Error('cut off')
    }
    await expect(setting.run()).rejects.toThrow('cut off')
    expect(setting.repaired).toEqual([])
  })

  it('ends when aborted', async () => {
    const setting = new Setting()
    setting.has(A, 1)
    const abort = new AbortController()
    const running = setting.comparison.run(abort.signal)
    running.catch(() => undefined)
    await vi.advanceTimersByTimeAsync(10)
    abort.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })
})
