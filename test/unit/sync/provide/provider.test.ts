import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {sleep} from '../../../../src/lib/async/abort.js'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import type {AdmissionPolicy} from '../../../../src/lib/sync/provide/admission.js'
import {ZoneProvision} from '../../../../src/lib/sync/provide/provide-zone.js'
import {type PendingEvent, Provider} from '../../../../src/lib/sync/provide/provider.js'
import type {EventVerb} from '../../../../src/lib/zone/event.js'
import type {Announcement, Provision} from '../../../../src/lib/zone/report.js'
import {Chance, luck, NO_CHANCE} from '../../../support/fakes/chance.js'
import {FakePrimary} from '../../../support/fakes/primary.js'
import {MemoryZoneStore} from '../../../support/fakes/zone-store.js'

const never = new AbortController().signal
const ZONES = ['a.test', 'b.test'].map(zoneName)
const [A = zoneName('.'), B = A] = ZONES

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function setting(given = NO_CHANCE, onWrite?: ConstructorParameters<typeof MemoryZoneStore>[1]) {
  const chance = new Chance(given)
  const primary = new FakePrimary(chance)
  const store = new MemoryZoneStore(chance, onWrite)
  const leftovers: string[] = []
  const options = {
    primary,
    store,
    inlineBytes: 100_000,
    admission: {zonemd: 'verify', expiredSignatures: 'refuse'} satisfies AdmissionPolicy,
    now: Date.now,
    onLeftover: (object: string) => leftovers.push(object),
  }
  return {chance, primary, store, options, leftovers}
}

/** What comes of a promise that needs fake time. */
async function outcome<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(10_000)
  return promise
}

describe('providing one zone', () => {
  it('stores it, sees that it is unchanged, stores a change, and buries it', async () => {
    const {primary, store, options} = setting()
    const provision = new ZoneProvision(options)
    const provide = (event: number, deleted = false) => outcome(provision.provide(A, event, deleted, never))
    expect(await provide(1)).toEqual({outcome: 'absent'})
    primary.set(A, 2 ** 32 - 1)
    expect(await provide(2)).toEqual({outcome: 'stored', revision: 1})
    expect(await provide(3)).toEqual({outcome: 'unchanged', revision: 1})
    primary.set(A, 2 ** 32 - 1)
    expect(await provide(4)).toEqual({outcome: 'stored', revision: 2})
    // A deletion that was overtaken by a creation.
    expect(await provide(5, true)).toEqual({outcome: 'unchanged', revision: 2})
    primary.delete(A)
    expect(await provide(6, true)).toEqual({outcome: 'tombstone', revision: 3})
    expect(await provide(7)).toEqual({outcome: 'tombstone', revision: 3})
    expect(store.peek(A)?.state).toMatchObject({kind: 'tombstone', event: 6})
  })

  it('finds a zone that the primary does not answer for yet', async () => {
    const {primary, options} = setting()
    primary.set(A, 1)
    primary.hidden.add(A)
    const provided = await outcome(new ZoneProvision(options).provide(A, 1, false, never))
    expect(provided).toEqual({outcome: 'stored', revision: 1})
  })

  it('does not bury a zone that the primary merely refuses to transfer', async () => {
    const {primary, store, options} = setting()
    const provision = new ZoneProvision(options)
    primary.set(A, 1)
    await outcome(provision.provide(A, 1, false, never))
    primary.denied.add(A)
    await expect(outcome(provision.provide(A, 2, false, never))).rejects.toMatchObject({
      code: 'PDIST_TRANSFER_DENIED',
      hints: expect.arrayContaining([expect.stringContaining('allow-axfr-ips')]),
    })
    expect(store.peek(A)?.state.kind).toBe('version')
  })

  it('puts what is large into the object store, and takes the replaced object out', async () => {
    const {primary, store, options, leftovers} = setting()
    const provision = new ZoneProvision({...options, inlineBytes: 10})
    primary.set(A, 1)
    await outcome(provision.provide(A, 1, false, never))
    const [first] = store.objects.keys()
    primary.set(A, 2)
    await outcome(provision.provide(A, 2, false, never))
    expect(store.dropped).toEqual([first])
    const state = store.peek(A)?.state
    expect([...store.objects.keys()]).toEqual([state?.kind === 'version' && state.object])
    store.dropObject = () => Promise.reject(new Error('away'))
    primary.set(A, 3)
    expect(await outcome(provision.provide(A, 3, false, never))).toMatchObject({outcome: 'stored'})
    expect(leftovers).toHaveLength(1)
  })

  it('never gives two objects one name, though two transfer the same in the same millisecond', async () => {
    const {primary, store, options} = setting()
    const at = {...options, inlineBytes: 10, now: () => 1}
    primary.set(A, 1)
    await outcome(Promise.all([1, 2].map((event) => new ZoneProvision(at).provide(A, event, false, never))))
    const state = store.peek(A)?.state
    expect(store.objects.has((state?.kind === 'version' && state.object) || '')).toBe(true)
    expect(store.objects.size).toBe(2)
  })

  it('mends a store that lost or spoiled what it holds', async () => {
    const {primary, store, options} = setting()
    primary.set(A, 1)
    const large = new ZoneProvision({...options, inlineBytes: 10})
    await outcome(large.provide(A, 1, false, never))
    store.objects.clear()
    expect(await outcome(large.provide(A, 2, false, never))).toMatchObject({outcome: 'stored', revision: 2})
    expect(await outcome(large.provide(A, 3, false, never))).toMatchObject({outcome: 'unchanged'})
    const state = store.peek(A)?.state
    if (state?.kind !== 'version') throw new Error('no version')
    const {object: _, revision: __, ...inline} = state
    store.write(inline, Buffer.from('spoiled'))
    const small = new ZoneProvision(options)
    expect(await outcome(small.provide(A, 4, false, never))).toMatchObject({outcome: 'stored', revision: 4})
    expect(await outcome(small.provide(A, 5, false, never))).toMatchObject({outcome: 'unchanged'})
  })

  it('keeps out what must not be served, keeps what it has, and takes what is mended', async () => {
    const {primary, store, options} = setting()
    const now = Math.floor(Date.now() / 1000)
    const transfer = primary.transfer.bind(primary)
    let expires = now + 10
    primary.transfer = async (zone, signal) => ({...(await transfer(zone, signal)), expires})
    primary.set(A, 1)
    const provision = new ZoneProvision(options)
    const provide = (event: number) => outcome(provision.provide(A, event, false, never))
    expect(await provide(1)).toEqual({outcome: 'stored', revision: 1})
    expect(store.peek(A)?.state).toMatchObject({expires})
    expires = now - 1
    for (const serial of [1, 2]) {
      primary.set(A, serial)
      await expect(provide(serial)).rejects.toMatchObject({code: 'PDIST_SIGNATURES_EXPIRED'})
      expect(store.peek(A)?.state).toMatchObject({revision: 1})
    }
    expires = now + 1000
    expect(await provide(4)).toEqual({outcome: 'stored', revision: 2})
    expect(store.peek(A)?.state).not.toHaveProperty('mayExpire')
    const admission = {...options.admission, expiredSignatures: 'accept'} as const
    const lenient = new ZoneProvision({...options, admission})
    // The contents are the same, but the secondaries shall know that they may expire.
    for (const [event, provided] of ['stored', 'unchanged'].entries()) {
      expect(await outcome(lenient.provide(A, event, false, never))).toMatchObject({outcome: provided})
      expect(store.peek(A)?.state).toMatchObject({expires, mayExpire: true})
    }
    expires = 5
    expect(await outcome(lenient.provide(A, 6, false, never))).toMatchObject({outcome: 'stored'})
  })

  it('takes a zone whose signatures are not valid yet, and says so', async () => {
    const {primary, options} = setting()
    const inception = Math.floor(Date.now() / 1000) + 7200
    const transfer = primary.transfer.bind(primary)
    const signatures = [{keyTag: 1, inception, expiration: inception + 100}]
    primary.transfer = async (zone, signal) => ({...(await transfer(zone, signal)), signatures})
    primary.set(A, 1)
    const early: unknown[] = []
    const onNotYetValid = (...told: unknown[]) => void early.push(told)
    const provided = await outcome(new ZoneProvision({...options, onNotYetValid}).provide(A, 1, false, never))
    expect(provided).toMatchObject({outcome: 'stored'})
    expect(early).toEqual([[A, inception]])
  })

  it('gives up, for now, where others are always faster', async () => {
    const {primary, store, options} = setting()
    primary.set(A, 1)
    const transfer = primary.transfer.bind(primary)
    let others = 0
    primary.transfer = async (zone, signal) => {
      const found = await transfer(zone, signal)
      store.write({kind: 'tombstone', zone, event: 0, at: ++others}, new Uint8Array())
      return found
    }
    await expect(outcome(new ZoneProvision(options).provide(A, 1, false, never))).rejects.toMatchObject({
      code: 'PDIST_CONTENDED_ZONE',
    })
    expect(others).toBe(8)
  })
})

/** Events as the broker hands them out: to anybody, late, twice, and again until they are acknowledged. */
class Events {
  readonly #chance: Chance
  readonly #handlers: Array<(event: PendingEvent) => void>
  readonly unsettled = new Set<number>()
  #sequence = 0

  constructor(chance: Chance, handlers: Array<(event: PendingEvent) => void>) {
    this.#chance = chance
    this.#handlers = handlers
  }

  publish(zone: typeof A, verb: EventVerb): void {
    const sequence = ++this.#sequence
    this.unsettled.add(sequence)
    this.#deliver(zone, verb, sequence, 1, this.#chance.delay())
    if (this.#chance.accident()) this.#deliver(zone, verb, sequence, 1, this.#chance.delay())
  }

  #deliver(zone: typeof A, verb: EventVerb, sequence: number, delivery: number, ms: number): void {
    const again = (after: number) => this.#deliver(zone, verb, sequence, delivery + 1, after)
    const event: PendingEvent = {
      ...{zone, verb, sequence, delivery, id: String(sequence), source: 'api-proxy', at: 0},
      ack: () => this.unsettled.delete(sequence),
      retryIn: again,
      working: () => undefined,
    }
    const handle = this.#handlers[this.#chance.delay() % this.#handlers.length]
    void sleep(ms).then(() => {
      // Nobody was there: the broker notices after a while.
      if (this.#chance.accident()) again(30_000)
      else handle?.(event)
    })
  }
}

describe('two providers', () => {
  const changes = fc.array(
    fc.record({
      zone: fc.constantFrom(A, A, A, ...ZONES),
      /** Undefined: it is deleted. */
      serial: fc.option(fc.integer({min: 0, max: 2 ** 32 - 1}), {nil: undefined, freq: 3}),
      pause: fc.integer({min: 0, max: 100}),
    }),
    {minLength: 5, maxLength: 25},
  )

  it('never bring the store back in time, and at last it is as the primary is', async () => {
    await fc.assert(
      fc.asyncProperty(luck, changes, fc.constantFrom(10, 100_000), async (given, all, inlineBytes) => {
        // Of a run that failed, while the next one looks for a smaller one.
        vi.clearAllTimers()
        const written = new Map<string, number[]>()
        const {chance, primary, store, options} = setting(given, ({state}) => {
          const number =
            state.kind === 'version' ? primary.numberOf(state.content) : primary.deletionOf(state.zone)
          written.set(state.zone, [...(written.get(state.zone) ?? []), number])
        })
        const stop = new AbortController()
        const providers = [1, 2].map(
          () =>
            new Provider({
              ...options,
              inlineBytes,
              concurrency: 2,
              log: silentLogger,
              report: () => undefined,
              signal: stop.signal,
            }),
        )
        const events = new Events(
          chance,
          providers.map((provider) => (event) => provider.handle(event)),
        )
        for (const {zone, serial, pause} of all) {
          if (serial === undefined) primary.delete(zone)
          else primary.set(zone, serial)
          events.publish(zone, serial === undefined ? 'deleted' : 'modified')
          await vi.advanceTimersByTimeAsync(pause)
        }
        await vi.advanceTimersByTimeAsync(200_000)
        chance.calm = true
        await vi.advanceTimersByTimeAsync(200_000)
        expect(events.unsettled).toEqual(new Set())
        for (const numbers of written.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
        for (const zone of ZONES) {
          const entry = store.peek(zone)
          const content = entry?.state.kind === 'version' ? entry.state.content : undefined
          expect(content).toBe(primary.contentOf(zone))
          const object = entry?.state.kind === 'version' ? entry.state.object : undefined
          if (object) expect(store.objects.has(object)).toBe(true)
        }
        stop.abort()
        await Promise.all(providers.map((provider) => provider.drain()))
        expect(vi.getTimerCount()).toBe(0)
      }),
      {numRuns: 100},
    )
  })
})

describe('a provider', () => {
  function provider(given = NO_CHANCE) {
    const made = setting(given)
    const stop = new AbortController()
    const reports: Provision[] = []
    const provided: number[] = []
    const announced: Announcement[] = []
    const one = new Provider({
      ...made.options,
      concurrency: 2,
      log: silentLogger,
      report: (provision) => reports.push(provision),
      announce: (announcement) => announced.push(announcement),
      onProvided: (_, events) => provided.push(events),
      signal: stop.signal,
    })
    return {...made, provider: one, stop, reports, provided, announced}
  }

  function event(sequence: number, fields: Partial<PendingEvent> = {}) {
    const settled: string[] = []
    const made: PendingEvent = {
      ...{zone: A, verb: 'modified', sequence, delivery: 1, id: '', source: '', at: 0},
      ack: () => settled.push('ack'),
      retryIn: (ms) => settled.push(`retry ${ms}`),
      working: () => settled.push('working'),
      ...fields,
    }
    return Object.assign(made, {settled})
  }

  it('answers a burst with few transfers, and every event', async () => {
    const {primary, provider: one, stop, reports, provided} = provider({delays: [3], accidents: [false]})
    const events = Array.from({length: 500}, (_, i) => event(i + 1))
    for (const each of events) {
      primary.set(A, each.sequence)
      one.handle(each)
      await vi.advanceTimersByTimeAsync(1)
    }
    await vi.advanceTimersByTimeAsync(1000)
    expect(events.every(({settled}) => settled.join() === 'ack')).toBe(true)
    expect(primary.transfers).toBeLessThan(50)
    expect(reports.at(-1)).toMatchObject({outcome: 'stored', event: 500})
    expect(provided.reduce((sum, n) => sum + n, 0)).toBe(500)
    stop.abort()
    await one.drain()
  })

  it('announces what a call of the API changed in a small zone that the store has, and nothing else', async () => {
    const {primary, provider: one, stop, announced} = provider()
    const call = {source: 'api-proxy'}
    let sequence = 0
    const handle = async (...events: Partial<PendingEvent>[]) => {
      for (const fields of events) {
        primary.set(fields.zone ?? A, ++sequence)
        one.handle(event(sequence, fields))
      }
      await vi.advanceTimersByTimeAsync(5000)
    }
    await handle({...call, verb: 'added'}, {...call, zone: B})
    expect(announced).toEqual([])
    await handle(call)
    expect(announced).toEqual([{zone: A, replaces: 1}])
    await handle({source: 'zone push', verb: 'refresh'})
    await handle({...call, verb: 'refresh'})
    expect(announced).toHaveLength(1)
    primary.set(A, 999, {records: 3000})
    one.handle(event(999, {source: 'zone push'}))
    await vi.advanceTimersByTimeAsync(5000)
    await handle(call)
    expect(announced).toHaveLength(1)
    stop.abort()
    await one.drain()
  })

  it('announces nothing while many zones change, one after the other though it be', async () => {
    const {primary, provider: one, stop, announced} = provider()
    const zones = Array.from({length: 30}, (_, i) => zoneName(`z${i}.test`))
    let sequence = 0
    const changeAll = async (pauseMs: number) => {
      for (const zone of zones) {
        primary.set(zone, ++sequence)
        one.handle(event(sequence, {zone, source: 'api-proxy'}))
        await vi.advanceTimersByTimeAsync(pauseMs)
      }
      await vi.advanceTimersByTimeAsync(5000)
    }
    await changeAll(20)
    expect(announced).toEqual([])
    await changeAll(20)
    expect(announced.map(({zone}) => zone)).toEqual(zones.slice(0, 20))
    await changeAll(100)
    expect(announced).toHaveLength(20 + zones.length)
    stop.abort()
    await one.drain()
  })

  it('has a large zone rest while others change, and never keeps a small one waiting', async () => {
    const {primary, provider: one, stop, reports} = provider({delays: [100], accidents: [false]})
    let sequence = 0
    /** Milliseconds until a change is stored. */
    const timeOf = async (zone: ZoneName) => {
      primary.set(zone, ++sequence, {records: zone === A ? 2100 : 3})
      one.handle(event(sequence, {zone, source: 'api-proxy'}))
      const began = Date.now()
      while (reports.at(-1)?.event !== sequence) await vi.advanceTimersByTimeAsync(10)
      one.confirmed({
        zone,
        revision: 99,
        outcome: 'served',
        serial: 1,
        event: 0,
        at: 0,
        ms: 0,
        secondary: 'ns1',
      })
      return Date.now() - began
    }
    const [first, alone] = [await timeOf(A), await timeOf(A)]
    expect(alone).toBeLessThan(first * 1.5)
    const small = await timeOf(B)
    expect(await timeOf(A)).toBeGreaterThan(alone * 1.3)
    expect(await timeOf(B)).toBeLessThan(small * 1.5)
    expect(await timeOf(A)).toBeGreaterThan(alone * 1.3)
    stop.abort()
    await one.drain()
  })

  it('keeps its pace also where events come during a transfer', async () => {
    const {primary, provider: one, stop} = provider({delays: [30], accidents: [false]})
    for (let sequence = 1; sequence <= 400; sequence++) {
      primary.set(A, sequence)
      one.handle(event(sequence))
      await vi.advanceTimersByTimeAsync(5)
    }
    await vi.advanceTimersByTimeAsync(1000)
    // In two seconds, with a gap of 200 ms before most of them.
    expect(primary.transfers).toBeLessThan(16)
    stop.abort()
    await one.drain()
  })

  it('is paced by receipts of the last version alone', async () => {
    const {primary, provider: one, stop} = provider()
    primary.set(A, 1)
    one.handle(event(1))
    await vi.advanceTimersByTimeAsync(0)
    const about = {zone: A, event: 1, at: 0, secondary: 'ns1', ms: 1, serial: 1} as const
    one.confirmed({...about, revision: 1, outcome: 'served'})
    primary.set(A, 2)
    const prompt = event(2)
    one.handle(prompt)
    await vi.advanceTimersByTimeAsync(1)
    expect(prompt.settled).toEqual(['ack'])
    primary.set(A, 3)
    one.confirmed({...about, revision: 1, outcome: 'served'})
    const paced = event(3)
    one.handle(paced)
    await vi.advanceTimersByTimeAsync(1)
    expect(paced.settled).toEqual([])
    await vi.advanceTimersByTimeAsync(100)
    expect(paced.settled).toEqual(['ack'])
    stop.abort()
    await one.drain()
  })

  it('tries again later and later, and tells why', async () => {
    const {primary, provider: one, stop, reports} = provider()
    primary.set(A, 1)
    primary.denied.add(A)
    for (const [delivery, retry] of [
      [1, 200],
      [2, 500],
      [8, 60_000],
      [99, 60_000],
    ] as const) {
      const failing = event(delivery, {delivery})
      one.handle(failing)
      await vi.advanceTimersByTimeAsync(1)
      expect(failing.settled).toEqual([`retry ${retry}`])
    }
    expect(reports.map(({outcome: told}) => told)).toEqual(['failed', 'failed', 'failed', 'failed'])
    expect(reports[0]).toMatchObject({error: {code: 'PDIST_TRANSFER_DENIED'}})
    stop.abort()
    await one.drain()
  })

  it('says that it works while it does', async () => {
    const {primary, provider: one, stop} = provider({delays: [25_000], accidents: [false]})
    primary.set(A, 1)
    const slow = event(1)
    one.handle(slow)
    await vi.advanceTimersByTimeAsync(7_000)
    expect(slow.settled).toEqual(['working', 'working'])
    stop.abort()
    const drained = one.drain()
    await vi.advanceTimersByTimeAsync(200_000)
    await drained
    expect(slow.settled.at(-1)).toBe('ack')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('finishes what it began when it ends, and gives the rest back at once', async () => {
    const {primary, provider: one, stop, chance} = provider({delays: [10], accidents: [false]})
    const zones = Array.from({length: 6}, (_, i) => zoneName(`z${i}.test`))
    for (const zone of zones) primary.set(zone, 1)
    const events = zones.map((zone, i) => event(i + 1, {zone}))
    for (const each of events) one.handle(each)
    await vi.advanceTimersByTimeAsync(15)
    stop.abort()
    const drained = one.drain()
    await vi.advanceTimersByTimeAsync(1000)
    await drained
    expect(events.map(({settled}) => settled.join())).toEqual(['ack', 'ack', ...Array(4).fill('retry 0')])
    const late = event(9)
    one.handle(late)
    await vi.advanceTimersByTimeAsync(1)
    expect(late.settled).toEqual(['retry 0'])
    expect([one.pending, vi.getTimerCount(), chance.calm]).toEqual([0, 0, false])
  })
})
