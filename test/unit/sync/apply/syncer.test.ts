import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import type {AmendmentOutcome} from '../../../../src/lib/sync/apply/amendments.js'
import {Applier} from '../../../../src/lib/sync/apply/apply.js'
import type {EarlyOutcome} from '../../../../src/lib/sync/apply/early-request.js'
import {SnapshotShelf} from '../../../../src/lib/sync/apply/shelf.js'
import {loadSnapshot} from '../../../../src/lib/sync/apply/sync-zone.js'
import {Syncer, type SyncerOptions} from '../../../../src/lib/sync/apply/syncer.js'
import {BLIND_TRUST, type Trust} from '../../../../src/lib/sync/apply/trust.js'
import {ReplayedStateError, UnsignedStateError} from '../../../../src/lib/sync/errors.js'
import type {Receipt} from '../../../../src/lib/zone/report.js'
import type {Stored} from '../../../../src/lib/zone/version.js'
import {Chance, luck, NO_CHANCE} from '../../../support/fakes/chance.js'
import {FakePowerDns, type FakeZone, MASTER, recordsIn} from '../../../support/fakes/powerdns.js'
import {transferOf} from '../../../support/fakes/transfers.js'
import {FakeZoneFeed} from '../../../support/fakes/zone-feed.js'
import {MemoryZoneStore} from '../../../support/fakes/zone-store.js'
import {packedVersion, tombstoneOf} from '../../../support/versions.js'

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const ZONES = ['a.test', 'b.test'].map(zoneName)
const [A = zoneName('.'), B = A] = ZONES

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

interface WriteOptions {
  records?: number
  signed?: boolean
  event?: number
  expires?: number
  mayExpire?: true
}

/** One secondary with all that it consists of, but for the broker and PowerDNS. */
class Secondary {
  readonly stop = new AbortController()
  readonly chance: Chance
  readonly store: MemoryZoneStore
  readonly powerDns: FakePowerDns
  readonly feed: FakeZoneFeed
  readonly applier: Applier
  readonly syncer: Syncer
  readonly receipts: Receipt[] = []
  /** What became of early requests. */
  readonly early: EarlyOutcome[] = []
  /** What became of amendments. */
  readonly amendments: AmendmentOutcome[] = []
  /** The contents of every revision that there was; undefined for tombstones. */
  readonly contents = new Map<number, string | undefined>()
  onAck: (state: Stored) => void = () => undefined
  onReceipt: (receipt: Receipt) => void = () => undefined
  #count = 0

  constructor(given = NO_CHANCE, options: Partial<SyncerOptions & {maxBytes: number; amend: boolean}> = {}) {
    const {signal} = this.stop
    const {trust = BLIND_TRUST} = options
    this.chance = new Chance(given)
    this.store = new MemoryZoneStore(this.chance, ({state, body}) => this.feed.written(state, body))
    const shelf = new SnapshotShelf({
      maxBytes: options.maxBytes ?? 10_000,
      load: (zone, ending) => loadSnapshot({store: this.store, trust, now: Date.now}, zone, ending),
      onWanted: (zone) => this.syncer.resync(zone, {force: true}),
      onLoadFailed: () => undefined,
      signal,
    })
    this.powerDns = new FakePowerDns(this.chance, () => shelf)
    this.applier = new Applier({
      api: this.powerDns,
      served: this.powerDns,
      shelf,
      masters: [MASTER],
      amend: options.amend ?? true,
      lookAgainMs: 10_000,
      log: silentLogger,
      signal,
      onEarly: (outcome) => this.early.push(outcome),
      onAmendment: (outcome) => this.amendments.push(outcome),
    })
    this.syncer = new Syncer({
      ...{
        secondary: 'ns1',
        smallTransfers: 2,
        largeTransfers: 1,
        largeRecords: 100,
        besideUrgent: 2,
        retryMaxMs: 10_000,
      },
      ...{applier: this.applier, served: this.powerDns, store: this.store, signal},
      trust,
      log: silentLogger,
      now: Date.now,
      receipt: (receipt) => {
        this.receipts.push(receipt)
        this.onReceipt(receipt)
      },
      ...options,
    })
    this.feed = new FakeZoneFeed(
      this.chance,
      (delivery) => this.syncer.handle(delivery),
      (state) => this.onAck(state),
      signal,
    )
  }

  /** Writes a version with contents of its own. */
  async write(
    zone: ZoneName,
    serial: number,
    {records = 2, signed = false, ...fields}: WriteOptions = {},
  ): Promise<Stored> {
    const {messages, content, signatures} = transferOf(zone, serial, `v${++this.#count}`, {records, signed})
    const fingerprint = {serial, signatures}
    const {version, packed} = await packedVersion(zone, messages, {fingerprint, content, ...fields})
    const stored = this.store.write(version, packed)
    this.contents.set(stored.revision, recordsIn(messages).join('\n'))
    return stored
  }

  bury(zone: ZoneName, event = 0): Stored {
    const stored = this.store.write(tombstoneOf(zone, {event}), new Uint8Array())
    this.contents.set(stored.revision, undefined)
    return stored
  }

  /** Whether its PowerDNS serves just what the store has. */
  expectEqual(): void {
    for (const zone of ZONES) {
      const revision = this.store.peek(zone)?.state.revision ?? -1
      expect(this.powerDns.contentOf(zone)).toBe(this.contents.get(revision))
      expect(this.powerDns.zones.has(zone)).toBe(this.contents.get(revision) !== undefined)
    }
  }

  async end(): Promise<void> {
    this.stop.abort()
    const drained = this.syncer.drain(new AbortController().signal)
    await vi.advanceTimersByTimeAsync(60_000)
    await drained
  }
}

/** How often PowerDNS was called so for zone A. */
function count({powerDns}: Secondary, call: string): number {
  return powerDns.calls.filter((each) => each === `${call} ${A}`).length
}

function pass(ms: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(ms)
}

describe('a syncer that catches up', () => {
  it('does first what somebody just changed', async () => {
    const secondary = new Secondary(undefined, {smallTransfers: 1})
    const names = Array.from({length: 20}, (_, i) => zoneName(`${i}.test`))
    for (const zone of names) await secondary.write(zone, 1, {event: 7})
    await pass(60_000)
    const caughtUp = secondary.receipts.length
    for (const zone of names) secondary.syncer.resync(zone, {force: true})
    const changed = secondary.store.peek(names[15] ?? A)
    if (!changed) throw new Error('nothing is stored')
    const settle = {ack: () => undefined, retryIn: () => undefined, working: () => undefined}
    secondary.syncer.handle({...changed, delivery: 1, live: true, ...settle})
    secondary.syncer.hurry(names[10] ?? A)
    await pass(60_000)
    const order = secondary.receipts.slice(caughtUp).map(({zone}) => zone)
    expect(order).toHaveLength(20)
    expect(order.slice(0, 3)).toEqual([names[0], names[15], names[10]])
    await secondary.end()
  })
})

describe('a syncer, whatever happens on the way', () => {
  const writes = fc.array(
    fc.record({
      zone: fc.constantFrom(...ZONES),
      /** Few, so that contents change under one serial; undefined: it is deleted. */
      serial: fc.option(
        fc.constantFrom<'next' | number>('next', 'next', 'next', 1, 2, 2 ** 31, 2 ** 32 - 1),
        {
          nil: undefined,
          freq: 6,
        },
      ),
      signed: fc.integer({min: 0, max: 7}).map((n) => n === 0),
      pause: fc.oneof(fc.integer({min: 0, max: 100}), fc.integer({min: 0, max: 3000})),
      also: fc.constantFrom(
        'nothing',
        'nothing',
        'announced',
        'announced',
        'covered',
        'resync',
        'own transfer',
        'slow transfer',
        'deleted behind its back',
      ),
    }),
    {minLength: 3, maxLength: 15},
  )

  it('ends at the newest state, and proves and acknowledges nothing but what is served', async () => {
    let amended = 0
    await fc.assert(
      fc.asyncProperty(luck, writes, fc.constantFrom(0, 10_000), async (given, all, maxBytes) => {
        vi.clearAllTimers()
        const secondary = new Secondary(given, {maxBytes})
        const {store, syncer, powerDns, contents, chance} = secondary
        const truths: string[] = []
        const servedNow = (zone: ZoneName, revision: number): boolean => {
          const newest = store.peek(zone)?.state.revision ?? 0
          const served = powerDns.contentOf(zone)
          for (let each = revision; each <= newest; each++) if (contents.get(each) === served) return true
          return false
        }
        let meddled = false
        secondary.onAck = ({zone, revision}) => {
          const isNewest = store.peek(zone)?.state.revision === revision
          if (isNewest && !meddled && !servedNow(zone, revision))
            truths.push(`acknowledged ${zone} ${revision} unserved`)
        }
        secondary.onReceipt = ({zone, revision, outcome, ms}) => {
          if (outcome !== 'failed' && !meddled && !servedNow(zone, revision))
            truths.push(`proved ${zone} ${revision} unserved`)
          if (ms < 0) truths.push('a negative time')
        }
        const last = new Map<ZoneName, number>()
        for (const {zone, serial: given, signed, pause, also} of all) {
          const serial = given === 'next' ? ((last.get(zone) ?? 0) + 1) % 2 ** 32 : given
          if (serial === undefined) secondary.bury(zone)
          else await secondary.write(zone, serial, {signed})
          last.set(zone, serial ?? 0)
          await pass(pause)
          const {revision} = store.peek(zone)?.state ?? {revision: 0}
          if (also === 'announced') syncer.announced({zone, replaces: revision})
          if (also === 'covered') syncer.covered({zone, event: 99, at: 0, outcome: 'unchanged', revision})
          if (also === 'resync') syncer.resync(zone, {force: revision % 2 === 0})
          if (also === 'own transfer' && powerDns.zones.has(zone)) powerDns.refresh(zone)
          if (also === 'slow transfer' && powerDns.zones.has(zone)) powerDns.refresh(zone, 700)
          if (also === 'deleted behind its back') meddled = powerDns.zones.delete(zone) || meddled
        }
        await pass(100_000)
        chance.calm = true
        await pass(200_000)
        expect(truths).toEqual([])
        expect(secondary.feed.pending).toEqual([])
        expect([syncer.pending, syncer.lag]).toEqual([0, 0])
        if (meddled) for (const zone of ZONES) syncer.resync(zone, {force: true})
        await pass(60_000)
        secondary.expectEqual()
        expect(syncer.problems).toEqual([])
        await secondary.end()
        expect(vi.getTimerCount()).toBe(0)
        amended += secondary.amendments.filter((outcome) => outcome === 'amended').length
      }),
      {numRuns: 300, endOnFailure: true},
    )
    // Enough of the changes are such.
    expect(amended).toBeGreaterThan(30)
  })
})

describe('a change in an unsigned zone', () => {
  /** A zone that came long ago, so that nothing of it can be on its way. */
  async function settledAt(serial: number, options?: {signed?: boolean}): Promise<Secondary> {
    const secondary = new Secondary()
    await secondary.write(A, serial, options)
    await pass(10_000)
    secondary.powerDns.calls.length = 0
    secondary.amendments.length = 0
    return secondary
  }

  it('is written into PowerDNS, and nothing is transferred', async () => {
    const secondary = await settledAt(1)
    for (const serial of [2, 3, 4]) {
      await secondary.write(A, serial, {event: serial})
      await pass(1000)
      secondary.expectEqual()
      expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'served', serial, event: serial})
    }
    expect([count(secondary, 'amend'), count(secondary, 'retrieve')]).toEqual([3, 0])
    expect(secondary.amendments).toEqual(['amended', 'amended', 'amended'])
    expect(count(secondary, 'flush')).toBeGreaterThanOrEqual(3)
    await secondary.end()
  })

  it('is transferred where PowerDNS refuses it, and not tried any more after three times in a row', async () => {
    const secondary = await settledAt(1)
    const {powerDns, amendments} = secondary
    powerDns.refuses = true
    for (let serial = 2; serial <= 3; serial++) {
      await secondary.write(A, serial)
      await pass(10_000)
      secondary.expectEqual()
    }
    expect(amendments).toEqual(Array(2).fill('refused'))
    powerDns.refuses = false
    await secondary.write(A, 4)
    await pass(10_000)
    powerDns.refuses = true
    for (let serial = 5; serial <= 9; serial++) {
      await secondary.write(A, serial)
      await pass(10_000)
      secondary.expectEqual()
    }
    // It begins to count again after each that was made.
    expect(amendments.slice(2)).toEqual(['amended', ...Array(3).fill('refused')])
    expect(count(secondary, 'retrieve')).toBe(2 + 5)
    expect(secondary.receipts.map(({outcome}) => outcome)).not.toContain('failed')
    // Other zones are none the worse for it.
    powerDns.refuses = false
    for (const serial of [1, 2]) {
      await secondary.write(B, serial)
      await pass(10_000)
    }
    expect(amendments.at(-1)).toBe('amended')
    await secondary.end()
  })

  it('is flushed at once and later, and only later where PowerDNS takes long for that', async () => {
    const secondary = await settledAt(1)
    await secondary.write(B, 1)
    await pass(10_000)
    const {powerDns} = secondary
    const flush = powerDns.flush.bind(powerDns)
    powerDns.flush = async (zone, ...more) => {
      await pause(300)
      return flush(zone, ...more)
    }
    powerDns.calls.length = 0
    const flushed = (zone: ZoneName) => powerDns.calls.filter((call) => call === `flush ${zone}`).length
    await secondary.write(A, 2)
    await pass(310)
    expect([secondary.receipts.at(-1), flushed(A)]).toMatchObject([{zone: A, serial: 2}, 1])
    await secondary.write(B, 2)
    await pass(10)
    expect([secondary.receipts.at(-1), flushed(B)]).toMatchObject([{zone: B, serial: 2}, 0])
    await pass(1000)
    expect([flushed(A), flushed(B)]).toEqual([2, 1])
    secondary.expectEqual()
    await secondary.end()
  })

  it('is transferred where PowerDNS serves something else afterwards', async () => {
    const secondary = await settledAt(1)
    const {powerDns, amendments} = secondary
    const amend = powerDns.amend.bind(powerDns)
    powerDns.amend = async (zone, difference, signal) => {
      const taken = await amend(zone, difference, signal)
      const found = powerDns.zones.get(zone)
      if (found) found.serial += 1000
      return taken
    }
    await secondary.write(A, 2)
    await pass(10_000)
    secondary.expectEqual()
    expect([amendments, count(secondary, 'retrieve')]).toEqual([['in-vain'], 1])
    expect(powerDns.zones.get(A)?.serial).toBe(2)
    await secondary.end()
  })

  it('is transferred where nobody knows whether PowerDNS has made it', async () => {
    const secondary = await settledAt(1)
    const {powerDns} = secondary
    const amend = powerDns.amend.bind(powerDns)
    powerDns.amend = async (...call) => {
      await amend(...call)
      throw new Error('reset')
    }
    await secondary.write(A, 2)
    await pass(10_000)
    secondary.expectEqual()
    expect([count(secondary, 'amend'), count(secondary, 'retrieve') > 0]).toEqual([1, true])
    expect(secondary.receipts.slice(1)).toMatchObject([{outcome: 'failed'}, {outcome: 'served', serial: 2}])
    await secondary.end()
  })

  it.each<[string, (zone: FakeZone, powerDns: FakePowerDns) => void]>([
    ['in its database', (zone) => Object.assign(zone, {serial: 7})],
    [
      'in its answers',
      (zone, powerDns) => {
        const answer = powerDns.fingerprintOf.bind(powerDns)
        powerDns.fingerprintOf = async (...question) => {
          const served = await answer(...question)
          return served.state === 'served' && zone.serial === 1 ? {...served, serial: 7} : served
        }
      },
    ],
  ])('is transferred where the zone is not what was proved, %s', async (_, meddle) => {
    const secondary = await settledAt(1)
    const {powerDns} = secondary
    const zone = powerDns.zones.get(A)
    if (!zone) throw new Error('there is no zone')
    meddle(zone, powerDns)
    await secondary.write(A, 2)
    await pass(10_000)
    secondary.expectEqual()
    expect([count(secondary, 'amend'), count(secondary, 'retrieve')]).toEqual([0, 1])
    await secondary.end()
  })

  it('is not written into what somebody made another zone of, though it serves the same serial', async () => {
    const secondary = await settledAt(1)
    const {powerDns} = secondary
    const before = powerDns.contentOf(A)
    Object.assign(powerDns.zones.get(A) ?? {}, {kind: 'native', masters: []})
    powerDns.retrieve = () => Promise.reject(new Error('not a secondary zone'))
    await secondary.write(A, 2)
    await pass(10_000)
    expect([count(secondary, 'amend'), powerDns.contentOf(A)]).toEqual([0, before])
    expect(secondary.syncer.problems).toMatchObject([{zone: A, code: 'PDIST_FOREIGN_ZONE'}])
    await secondary.end()
  })

  it('is transferred after a restart, which leaves nothing to compare with', async () => {
    const secondary = await settledAt(1)
    await secondary.end()
    const restarted = new Secondary()
    const {powerDns, applier} = restarted
    for (const [zone, found] of secondary.powerDns.zones) powerDns.zones.set(zone, found)
    applier.note(A)
    applier.trust(1)
    await restarted.write(A, 1)
    await pass(10_000)
    expect([applier.proved(A)?.revision, powerDns.calls]).toEqual([1, []])
    await restarted.write(A, 2)
    await pass(10_000)
    restarted.expectEqual()
    expect([count(restarted, 'amend'), count(restarted, 'retrieve')]).toEqual([0, 1])
    await restarted.write(A, 3)
    await pass(10_000)
    restarted.expectEqual()
    expect([count(restarted, 'amend'), count(restarted, 'retrieve')]).toEqual([1, 1])
    await restarted.end()
  })

  it.each([
    ['before and after', true, true],
    ['before', true, false],
    ['after', false, true],
  ])('is transferred where the zone is signed %s', async (_, before, after) => {
    const secondary = await settledAt(1, {signed: before})
    await secondary.write(A, 2, {signed: after})
    await pass(10_000)
    secondary.expectEqual()
    expect([count(secondary, 'amend'), count(secondary, 'retrieve')]).toEqual([0, 1])
    await secondary.end()
  })

  it('is transferred where a transfer that began after the proof may still end', async () => {
    const secondary = await settledAt(1)
    const {powerDns} = secondary
    await secondary.write(A, 2)
    await pass(1000)
    expect(count(secondary, 'amend')).toBe(1)
    powerDns.refresh(A, 2000)
    await pass(10)
    await secondary.write(A, 3)
    await pass(10_000)
    secondary.expectEqual()
    expect(count(secondary, 'amend')).toBe(1)
    await secondary.write(A, 4)
    await pass(10_000)
    secondary.expectEqual()
    expect(count(secondary, 'amend')).toBe(2)
    await secondary.end()
  })

  it('is transferred where somebody insists on a transfer', async () => {
    const secondary = await settledAt(1)
    await secondary.write(A, 2)
    secondary.syncer.resync(A, {force: true})
    await pass(10_000)
    secondary.expectEqual()
    expect([count(secondary, 'amend'), count(secondary, 'retrieve')]).toEqual([0, 1])
    await secondary.end()
  })

  it('is looked for in advance where it is announced', async () => {
    const secondary = await settledAt(1)
    const {powerDns, syncer, early} = secondary
    let questions = 0
    const answer = powerDns.fingerprintOf.bind(powerDns)
    powerDns.fingerprintOf = (...question) => {
      questions++
      return answer(...question)
    }
    syncer.announced({zone: A, replaces: 1})
    await pass(500)
    expect([count(secondary, 'get'), questions]).toEqual([1, 1])
    await secondary.write(A, 2)
    await pass(100)
    secondary.expectEqual()
    // What is asked then is the proof.
    expect([count(secondary, 'get'), count(secondary, 'amend'), questions]).toEqual([1, 1, 2])
    expect([count(secondary, 'retrieve'), early]).toEqual([0, []])
    await secondary.end()
  })

  it('is looked for once in ten seconds, and again where nothing could be found', async () => {
    const secondary = await settledAt(1)
    const {powerDns, syncer, amendments} = secondary
    for (const serial of [2, 3, 4]) {
      await secondary.write(A, serial)
      await pass(1000)
    }
    expect([count(secondary, 'get'), amendments.length]).toEqual([1, 3])
    await pass(10_000)
    const get = powerDns.getZone.bind(powerDns)
    powerDns.getZone = () => Promise.reject(new Error('away'))
    syncer.announced({zone: A, replaces: 4})
    await pass(100)
    powerDns.getZone = get
    await secondary.write(A, 5)
    await pass(100)
    expect([count(secondary, 'get'), amendments.length]).toEqual([2, 4])
    secondary.expectEqual()
    await secondary.end()
  })
})

describe('a new zone', () => {
  it('is created with its records, amended from then on, and never transferred', async () => {
    const secondary = new Secondary()
    for (const serial of [1, 2]) {
      await secondary.write(A, serial, {event: serial})
      await pass(100)
      secondary.expectEqual()
      expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'served', serial, event: serial})
    }
    expect(secondary.amendments).toEqual(['created', 'amended'])
    await pass(1000)
    // Who asked for it too early may have been told that there is none.
    expect([count(secondary, 'flush') > 0, count(secondary, 'retrieve')]).toEqual([true, 0])
    await secondary.end()
  })

  it('is created so once more after its deletion', async () => {
    const secondary = new Secondary()
    await secondary.write(A, 7)
    await pass(1000)
    secondary.bury(A)
    await pass(1000)
    await secondary.write(A, 1)
    await pass(1000)
    secondary.expectEqual()
    expect([secondary.amendments, count(secondary, 'retrieve')]).toEqual([['created', 'created'], 0])
    await secondary.end()
  })

  it.each<[string, WriteOptions]>([
    ['signed', {signed: true}],
    ['large', {records: 1001}],
  ])('is transferred where it is %s', async (_, options) => {
    const secondary = new Secondary(undefined, {maxBytes: 1_000_000})
    await secondary.write(A, 1, options)
    await pass(10_000)
    secondary.expectEqual()
    expect([secondary.amendments, count(secondary, 'retrieve')]).toEqual([[], 1])
    await secondary.end()
  })

  it.each<[string, AmendmentOutcome, (powerDns: FakePowerDns) => void]>([
    [
      'does not take it',
      'refused',
      (powerDns) => {
        powerDns.refuses = true
      },
    ],
    [
      'serves something else afterwards',
      'in-vain',
      (powerDns) => {
        const create = powerDns.createWith.bind(powerDns)
        powerDns.createWith = async (...call) => {
          const created = await create(...call)
          Object.assign(powerDns.zones.get(A) ?? {}, {serial: 1000})
          return created
        }
      },
    ],
  ])('is transferred where PowerDNS %s', async (_, outcome, meddle) => {
    const secondary = new Secondary()
    meddle(secondary.powerDns)
    await secondary.write(A, 1)
    await pass(10_000)
    secondary.expectEqual()
    expect([secondary.amendments, count(secondary, 'retrieve')]).toEqual([[outcome], 1])
    expect(secondary.receipts).toMatchObject([{outcome: 'served', serial: 1}])
    await secondary.end()
  })

  it('is transferred where PowerDNS has it already, of ours but unknown', async () => {
    const secondary = new Secondary()
    const {powerDns} = secondary
    powerDns.zones.set(A, {zone: A, kind: 'secondary', masters: [MASTER], serial: 1, lastCheck: 0})
    await secondary.write(A, 2)
    await pass(10_000)
    secondary.expectEqual()
    expect([secondary.amendments, count(secondary, 'retrieve')]).toEqual([[], 1])
    await secondary.end()
  })

  it('is proved in the end where nobody knows whether PowerDNS has created it', async () => {
    const secondary = new Secondary()
    const {powerDns} = secondary
    const create = powerDns.createWith.bind(powerDns)
    powerDns.createWith = async (...call) => {
      const outcome = await create(...call)
      if (outcome === 'created') throw new Error('reset')
      return outcome
    }
    await secondary.write(A, 1)
    await pass(10_000)
    secondary.expectEqual()
    expect(secondary.receipts).toMatchObject([{outcome: 'failed'}, {outcome: 'served', serial: 1}])
    expect(count(secondary, 'retrieve')).toBeGreaterThan(0)
    await secondary.end()
  })

  it('is transferred where a transfer of its former self may still end', async () => {
    const secondary = new Secondary()
    await secondary.write(A, 1)
    await pass(10_000)
    secondary.powerDns.refresh(A, 2000)
    await pass(10)
    secondary.bury(A)
    await pass(100)
    await secondary.write(A, 1)
    await pass(10_000)
    secondary.expectEqual()
    expect([secondary.amendments, count(secondary, 'retrieve') > 0]).toEqual([['created'], true])
    await secondary.end()
  })
})

describe('a syncer', () => {
  it('brings, proves and removes a zone, and says for which event', async () => {
    const secondary = new Secondary()
    await secondary.write(A, 2 ** 32 - 1, {event: 5})
    await pass(1000)
    secondary.powerDns.calls.length = 0
    secondary.bury(A, 6)
    await pass(1000)
    expect(secondary.receipts).toMatchObject([
      {secondary: 'ns1', zone: A, revision: 1, event: 5, outcome: 'served', serial: 2 ** 32 - 1},
      {secondary: 'ns1', zone: A, revision: 2, event: 6, outcome: 'removed'},
    ])
    expect(secondary.powerDns.zones.size).toBe(0)
    // Once more a moment later: a query that began before may have put its answer into a cache again.
    expect(count(secondary, 'flush')).toBe(2)
    await secondary.end()
  })

  it('keeps out a version whose signatures have expired, however it is asked for, until a newer one comes', async () => {
    const secondary = new Secondary()
    const {syncer, powerDns, receipts} = secondary
    const seconds = Math.floor(Date.now() / 1000)
    await secondary.write(A, 1, {expires: seconds + 60})
    await pass(1000)
    const served = powerDns.contentOf(A)
    expect(served).toBeDefined()
    await secondary.write(A, 2, {event: 7, expires: seconds - 1})
    await pass(60_000)
    syncer.resync(A, {force: true})
    await pass(1000)
    // What it does by itself, after a restart of ours that lost what was at hand.
    const {signal} = secondary.stop
    const load = loadSnapshot({store: secondary.store, trust: BLIND_TRUST, now: Date.now}, A, signal)
    await expect(load).rejects.toMatchObject({code: 'PDIST_SIGNATURES_EXPIRED'})
    expect(powerDns.contentOf(A)).toBe(served)
    const kept = {zone: A, code: 'PDIST_SIGNATURES_EXPIRED', hints: expect.any(Array)}
    expect(syncer.problems).toMatchObject([kept])
    const failures = receipts.filter(({outcome}) => outcome === 'failed')
    expect(failures[0]).toMatchObject({event: 7, revision: 2, error: {code: kept.code}})
    // One for each wait of `retryMaxMs`, and the one that was asked for.
    expect(failures.length).toBeLessThanOrEqual(8)
    await secondary.write(A, 3, {expires: seconds + 1000})
    await pass(20_000)
    secondary.expectEqual()
    expect([syncer.problems, syncer.lag, secondary.feed.pending]).toEqual([[], 0, []])
    await secondary.end()
  })

  it('does what the store has by now where a delivery is older than what was let in meanwhile', async () => {
    const older = new ReplayedStateError('older', 2)
    const trust: Trust = {
      ...BLIND_TRUST,
      admit: async (state) => {
        if ('revision' in state && state.revision === 1) throw older
      },
    }
    const secondary = new Secondary(undefined, {trust})
    const {store, syncer, receipts} = secondary
    await secondary.write(A, 1)
    const waiting = store.peek(A)
    if (!waiting) throw new Error('nothing is stored')
    await secondary.write(A, 2)
    let acknowledged = 0
    const settle = {retryIn: () => undefined, working: () => undefined}
    syncer.handle({...waiting, ...settle, delivery: 1, live: true, ack: () => acknowledged++})
    await pass(30_000)
    secondary.expectEqual()
    expect(receipts.map(({outcome}) => outcome)).not.toContain('failed')
    expect([acknowledged, syncer.problems]).toEqual([1, []])
    await secondary.end()
  })

  it('refuses what is older for as long as the store has nothing newer, and goes on as soon as it has', async () => {
    const older = new ReplayedStateError('older', 77)
    let admits = false
    const admit = async () => {
      if (!admits) throw older
    }
    const secondary = new Secondary(undefined, {trust: {...BLIND_TRUST, admit}})
    await secondary.write(A, 1, {event: 5})
    await pass(1000)
    const failed = {outcome: 'failed', revision: 1, event: 5, error: {code: 'PDIST_REPLAYED'}, sequence: 77}
    expect(secondary.receipts).toMatchObject([failed])
    expect(secondary.powerDns.zones.size).toBe(0)
    admits = true
    await secondary.write(A, 2)
    await pass(20_000)
    secondary.expectEqual()
    expect([secondary.syncer.problems, secondary.feed.pending]).toEqual([[], []])
    await secondary.end()
  })

  it('removes no orphan where only what is signed is believed', async () => {
    const admitRemoval = () => {
      throw new UnsignedStateError('not signed')
    }
    const secondary = new Secondary(undefined, {trust: {...BLIND_TRUST, admitRemoval}})
    const masters = [MASTER]
    secondary.powerDns.zones.set(A, {zone: A, kind: 'secondary', masters, serial: 1, lastCheck: 0})
    secondary.syncer.removeOrphans([A])
    await pass(30_000)
    expect(secondary.powerDns.zones.has(A)).toBe(true)
    expect(secondary.receipts[0]).toMatchObject({outcome: 'failed', error: {code: 'PDIST_UNSIGNED'}})
    secondary.bury(A)
    await pass(30_000)
    expect(secondary.powerDns.zones.has(A)).toBe(false)
    expect(secondary.syncer.problems).toEqual([])
    await secondary.end()
  })

  it('takes a version that may expire', async () => {
    const secondary = new Secondary()
    await secondary.write(A, 1, {expires: 1, mayExpire: true})
    await pass(1000)
    secondary.expectEqual()
    await secondary.end()
  })

  it('has PowerDNS come for a version that is announced, and asks only once', async () => {
    const secondary = new Secondary()
    const {syncer, powerDns, early} = secondary
    await secondary.write(A, 1, {signed: true})
    await pass(10_000)
    const requests = () => powerDns.calls.filter((call) => call === `retrieve ${A}`).length
    const before = requests()
    syncer.announced({zone: A, replaces: 1})
    await pass(50)
    expect([requests(), powerDns.transferring]).toEqual([before + 1, 1])
    await secondary.write(A, 2, {signed: true})
    await pass(50)
    secondary.expectEqual()
    expect([requests(), early]).toEqual([before + 1, ['met']])
    await secondary.end()
  })

  it('lets PowerDNS go on where nothing follows an announcement, and is as quick as ever afterwards', async () => {
    const secondary = new Secondary()
    const {syncer, powerDns, early} = secondary
    await secondary.write(A, 1, {signed: true})
    await pass(10_000)
    syncer.announced({zone: A, replaces: 1})
    await pass(99)
    expect(powerDns.transferring).toBe(1)
    await pass(2)
    expect([powerDns.transferring, early]).toEqual([0, ['in-vain']])
    secondary.expectEqual()
    await secondary.write(A, 2, {signed: true})
    await pass(50)
    secondary.expectEqual()
    await secondary.end()
  })

  it('heeds no announcement for which it has no time, or of what it does not serve', async () => {
    const secondary = new Secondary()
    const {syncer, powerDns} = secondary
    await secondary.write(A, 1, {signed: true})
    await secondary.write(B, 1, {signed: true})
    await pass(10_000)
    powerDns.calls.length = 0
    syncer.announced({zone: A, replaces: 7})
    syncer.announced({zone: zoneName('unknown.test'), replaces: 1})
    await pass(200)
    expect(powerDns.calls).toEqual([])
    syncer.announced({zone: A, replaces: 1})
    syncer.announced({zone: B, replaces: 2})
    await pass(200)
    expect(powerDns.calls).toEqual([`retrieve ${A}`])
    const other = secondary.store.peek(B)
    if (!other) throw new Error('nothing is stored')
    const settle = {ack: () => undefined, retryIn: () => undefined, working: () => undefined}
    syncer.handle({...other, delivery: 1, live: true, ...settle})
    syncer.announced({zone: A, replaces: 1})
    await pass(200)
    expect(powerDns.calls.filter((call) => call === `retrieve ${A}`)).toHaveLength(1)
    await syncer.hold()
    syncer.announced({zone: A, replaces: 1})
    await pass(200)
    expect(powerDns.calls.filter((call) => call === `retrieve ${A}`)).toHaveLength(1)
    await secondary.end()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('answers an event that changed nothing, with few questions', async () => {
    const secondary = new Secondary()
    await secondary.write(A, 1, {event: 5})
    await pass(1000)
    secondary.receipts.length = 0
    const retrieves = () => secondary.powerDns.calls.filter((call) => call.startsWith('retrieve')).length
    const before = retrieves()
    secondary.syncer.covered({zone: A, event: 9, at: 0, outcome: 'unchanged', revision: 1})
    secondary.syncer.covered({zone: A, event: 10, at: 0, outcome: 'absent'})
    await pass(1000)
    expect(secondary.receipts).toMatchObject([{event: 9, revision: 1, outcome: 'served'}])
    expect(retrieves()).toBe(before)
    await secondary.end()
  })

  it('does not take what a replica shows that lags behind for the answer to an event', async () => {
    const secondary = new Secondary()
    await secondary.write(A, 1)
    await pass(1000)
    secondary.receipts.length = 0
    const {store, syncer} = secondary
    const get = store.get.bind(store)
    const late = await store.get(A)
    secondary.feed.written = () => undefined
    await secondary.write(A, 2)
    store.get = async () => late
    syncer.covered({zone: A, event: 9, at: 0, outcome: 'unchanged', revision: 2})
    await pass(200)
    expect(secondary.receipts).toEqual([])
    store.get = get
    await pass(200)
    expect(secondary.receipts).toMatchObject([{event: 9, revision: 2, outcome: 'served', serial: 2}])
    store.get = async () => late
    syncer.covered({zone: A, event: 10, at: 0, outcome: 'unchanged', revision: 3})
    await pass(1000)
    expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'failed', error: {code: 'PDIST_STALE_STORE'}})
    // In a store that was made anew revisions begin again.
    syncer.forget()
    await pass(60_000)
    expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'served', event: 10})
    await secondary.end()
  })

  it('does not forget an event that waits for its proof when the first try fails', async () => {
    const secondary = new Secondary(undefined, {amend: false})
    const {powerDns, syncer, store} = secondary
    const retrieve = powerDns.retrieve.bind(powerDns)
    powerDns.retrieve = () => Promise.reject(new Error('away'))
    await secondary.write(A, 1, {event: 5})
    syncer.covered({zone: A, event: 9, at: 0, outcome: 'unchanged', revision: 1})
    await pass(100)
    expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'failed', error: {message: 'away'}})
    powerDns.retrieve = retrieve
    await pass(10_000)
    expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'served', event: 9})
    expect([store.peek(A)?.state.event, syncer.problems]).toEqual([5, []])
    await secondary.end()
  })

  it('tries a failing zone again in one series only, however often it is told to', async () => {
    const secondary = new Secondary(undefined, {amend: false})
    let tries = 0
    secondary.powerDns.retrieve = async () => {
      tries++
      throw new Error('away')
    }
    await secondary.write(A, 1)
    await pass(60_000)
    for (let i = 0; i < 20; i++) {
      secondary.syncer.resync(A, {force: false})
      await pass(1000)
    }
    tries = 0
    await pass(100_000)
    expect(tries).toBeLessThanOrEqual(11)
    expect(tries).toBeGreaterThanOrEqual(9)
    expect(secondary.syncer.problems).toMatchObject([{zone: A, message: 'away'}])
    expect(secondary.syncer.lag).toBeGreaterThan(100)
    expect(await Promise.race([secondary.syncer.stand(A), pass(100)])).toMatchObject({
      zone: A,
      problem: {message: 'away'},
    })
    await secondary.end()
  })

  it('has no lag with a zone that never rests, and counts each version from its own arrival', async () => {
    const secondary = new Secondary({delays: [5], accidents: [false]})
    for (let serial = 1; serial <= 60; serial++) {
      await secondary.write(A, serial)
      await pass(30)
      expect(secondary.syncer.lag).toBeLessThan(0.5)
    }
    await pass(1000)
    expect(Math.max(...secondary.receipts.map(({ms}) => ms))).toBeLessThan(500)
    expect(secondary.receipts.at(-1)).toMatchObject({serial: 60})
    await secondary.end()
  })

  it('never touches a zone that it did not make', async () => {
    const secondary = new Secondary()
    const {powerDns} = secondary
    const foreign = {zone: A, kind: 'native', masters: [], serial: 1, lastCheck: 0}
    powerDns.zones.set(A, foreign)
    powerDns.zones.set(B, {
      zone: B,
      kind: 'secondary',
      masters: [MASTER, '192.0.2.1'],
      serial: 1,
      lastCheck: 0,
    })
    await secondary.write(A, 1)
    secondary.bury(B)
    await pass(1000)
    expect(secondary.receipts).toMatchObject([
      {outcome: 'failed', error: {code: 'PDIST_FOREIGN_ZONE'}},
      {outcome: 'failed', error: {code: 'PDIST_FOREIGN_ZONE'}},
    ])
    expect(powerDns.zones.get(A)).toEqual(foreign)
    expect(powerDns.zones.has(B)).toBe(true)
    powerDns.zones.delete(A)
    await pass(20_000)
    expect(secondary.receipts.findLast(({zone}) => zone === A)).toMatchObject({outcome: 'served'})
    await secondary.end()
  })

  it('notices when somebody makes another zone of what was ours', async () => {
    const secondary = new Secondary()
    await secondary.write(A, 1)
    await pass(1000)
    secondary.powerDns.zones.set(A, {
      zone: A,
      kind: 'secondary',
      masters: ['192.0.2.1'],
      serial: 9,
      lastCheck: 0,
    })
    secondary.powerDns.retrieve = async () => true
    await secondary.write(A, 2)
    await pass(40_000)
    expect(secondary.syncer.problems).toMatchObject([{zone: A, code: 'PDIST_FOREIGN_ZONE'}])
    await secondary.end()
  })

  it('lets no number of large zones hold up a small one, known or found to be large', async () => {
    const secondary = new Secondary({delays: [100], accidents: [false]}, {maxBytes: 0})
    const large = Array.from({length: 10}, (_, i) => zoneName(`large${i}.test`))
    for (const zone of large) await secondary.write(zone, 1, {records: 500})
    // As after a comparison: nobody knows how large they are.
    for (const zone of large.slice(5)) secondary.syncer.resync(zone, {force: true})
    await pass(50)
    await secondary.write(A, 1)
    await pass(2000)
    expect(secondary.receipts.some(({zone}) => zone === A)).toBe(true)
    expect(secondary.receipts.length).toBeLessThan(5)
    expect(secondary.powerDns.transferring).toBeLessThanOrEqual(1)
    await pass(60_000)
    expect(new Set(secondary.receipts.map(({zone}) => zone)).size).toBe(11)
    await secondary.end()
  })

  it('says that a snapshot is missing instead of calling it done', async () => {
    const secondary = new Secondary()
    const stored = await secondary.write(A, 1)
    if (stored.kind !== 'version') throw new Error('no version')
    const {revision: _, ...version} = stored
    const other = {content: 'y'.repeat(43), fingerprint: {serial: 2, signatures: []}}
    secondary.store.write({...version, ...other, object: 'lost'}, new Uint8Array())
    await pass(1000)
    expect(secondary.receipts.at(-1)).toMatchObject({
      outcome: 'failed',
      error: {code: 'PDIST_MISSING_SNAPSHOT', hints: [expect.stringContaining('zone push')]},
    })
    await secondary.write(A, 3)
    await pass(10_000)
    expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'served', serial: 3})
    expect(secondary.feed.pending).toEqual([])
    await secondary.end()
  })

  it('does not take the word of a store that lags behind its own delivery', async () => {
    const secondary = new Secondary()
    await secondary.write(A, 1)
    await pass(1000)
    const old = secondary.store.peek(A)
    const get = secondary.store.get.bind(secondary.store)
    secondary.store.get = async () => old
    secondary.powerDns.getZone = async () => undefined
    const retrieve = secondary.powerDns.retrieve.bind(secondary.powerDns)
    secondary.powerDns.retrieve = () => Promise.reject(new Error('away'))
    await secondary.write(A, 2)
    await pass(1000)
    secondary.powerDns.retrieve = retrieve
    await pass(5000)
    expect(secondary.syncer.problems).toMatchObject([{code: 'PDIST_STALE_STORE'}])
    expect(secondary.feed.pending).toEqual([A])
    secondary.store.get = get
    await pass(20_000)
    expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'served', serial: 2})
    await secondary.end()
  })

  it('does not transfer again what a store that was made anew has just as it was', async () => {
    const secondary = new Secondary()
    for (let serial = 1; serial <= 5; serial++) await secondary.write(A, serial)
    await pass(5000)
    const proved = secondary.store.peek(A)
    if (!proved) throw new Error('nothing is stored')
    const entry = {...proved, state: {...proved.state, revision: 1}}
    secondary.store.get = async () => entry
    const calls = secondary.powerDns.calls.length
    secondary.syncer.forget()
    const settle = {ack: () => undefined, retryIn: () => undefined, working: () => undefined}
    secondary.syncer.handle({...entry, delivery: 1, live: true, ...settle})
    await pass(5000)
    expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'served', serial: 5, revision: 1})
    expect(secondary.powerDns.calls.slice(calls)).toEqual([])
    await secondary.end()
  })

  it('begins anew with a store that was made anew, though its revisions are lower', async () => {
    const secondary = new Secondary()
    for (let serial = 1; serial <= 5; serial++) await secondary.write(A, serial)
    await pass(5000)
    // The broker forgot it all; the provider stored what the primary has, as revision 1.
    const another = new Secondary()
    await another.write(A, 9)
    const entry = another.store.peek(A)
    if (!entry) throw new Error('nothing is stored')
    secondary.store.get = async () => entry
    secondary.syncer.forget()
    const acks: string[] = []
    const ends = {ack: () => acks.push('ack'), retryIn: () => acks.push('retry'), working: () => undefined}
    secondary.syncer.handle({...entry, delivery: 1, live: true, ...ends})
    await pass(5000)
    expect(secondary.receipts.at(-1)).toMatchObject({outcome: 'served', serial: 9, revision: 1})
    expect(acks).toEqual(['ack'])
    await another.end()
    await secondary.end()
  })

  it('finishes what it began when it is held, applies nothing whoever asks, and all of it afterwards', async () => {
    const secondary = new Secondary({delays: [50], accidents: [false]})
    const {syncer, powerDns, receipts} = secondary
    const zones = Array.from({length: 5}, (_, i) => zoneName(`z${i}.test`))
    for (const zone of zones) await secondary.write(zone, 1)
    await pass(120)
    const held = syncer.hold()
    await pass(1000)
    await held
    const [first = A] = zones
    expect([receipts.length, secondary.feed.pending.length, powerDns.zones.size]).toEqual([2, 3, 2])
    expect(syncer.isSettled(first)).toBe(false)
    const calls = powerDns.calls.length
    await secondary.write(first, 2)
    syncer.repair(first)
    for (const zone of zones) syncer.resync(zone, {force: true})
    syncer.covered({zone: first, event: 9, at: 0, outcome: 'unchanged', revision: 1})
    syncer.removeOrphans([first])
    await pass(1000)
    expect([powerDns.calls.length, receipts.length]).toEqual([calls, 2])
    syncer.release()
    await pass(5000)
    expect(secondary.feed.pending).toEqual([])
    for (const zone of zones) expect(powerDns.contentOf(zone)).toBeDefined()
    expect([syncer.lag, syncer.isSettled(first), receipts.at(-1)?.outcome]).toEqual([0, true, 'served'])
    await secondary.end()
  })

  it('gives back what failed before, when its time comes while it is held', async () => {
    const secondary = new Secondary(undefined, {amend: false})
    const {powerDns, syncer} = secondary
    const retrieve = powerDns.retrieve.bind(powerDns)
    powerDns.retrieve = () => Promise.reject(new Error('away'))
    await secondary.write(A, 1)
    await pass(100)
    await syncer.hold()
    powerDns.retrieve = retrieve
    const calls = powerDns.calls.length
    await pass(20_000)
    expect([powerDns.calls.length, secondary.feed.pending]).toEqual([calls, [A]])
    syncer.release()
    await pass(1000)
    secondary.expectEqual()
    await secondary.end()
  })

  it('says which order a receipt answers, also where it fails first', async () => {
    const secondary = new Secondary()
    const {powerDns, syncer, receipts} = secondary
    await secondary.write(A, 1)
    await pass(1000)
    const retrieve = powerDns.retrieve.bind(powerDns)
    powerDns.retrieve = () => Promise.reject(new Error('away'))
    syncer.resync(A, {force: true, ordered: 77})
    // Until it failed, and waits for its next try.
    await vi.waitFor(() => expect(receipts.at(-1)?.outcome).toBe('failed'))
    powerDns.retrieve = retrieve
    await pass(10_000)
    syncer.resync(A, {force: false})
    await pass(1000)
    const told = receipts.map(({outcome, ordered}) => [outcome, ordered])
    expect([told[0], ...told.slice(-2)]).toEqual([
      ['served', undefined],
      ['served', 77],
      ['served', undefined],
    ])
    await secondary.end()
  })

  it('finishes what it began when it ends, gives back the rest, and is cut at its deadline', async () => {
    const secondary = new Secondary({delays: [50], accidents: [false]}, {amend: false})
    const zones = Array.from({length: 5}, (_, i) => zoneName(`z${i}.test`))
    for (const zone of zones) await secondary.write(zone, 1)
    await pass(120)
    secondary.stop.abort()
    const drained = secondary.syncer.drain(new AbortController().signal)
    await pass(5000)
    await drained
    expect(secondary.receipts).toHaveLength(2)
    expect(secondary.feed.pending).toHaveLength(3)

    const stuck = new Secondary({delays: [50], accidents: [false]}, {amend: false})
    stuck.powerDns.transfer = async () => undefined
    await stuck.write(A, 1)
    await pass(200)
    stuck.stop.abort()
    const cut = stuck.syncer.drain(AbortSignal.abort(new Error('deadline')))
    await pass(100)
    await cut
    expect(stuck.receipts).toEqual([])
    expect(stuck.feed.pending).toEqual([A])
  })
})
