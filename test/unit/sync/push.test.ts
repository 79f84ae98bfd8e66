import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {type PushOptions, type PushReport, pushZone} from '../../../src/lib/sync/push.js'
import type {ZoneEvent} from '../../../src/lib/zone/event.js'
import type {Provision, Receipt} from '../../../src/lib/zone/report.js'

const ZONE = zoneName('example.test')
const EVENT = 100

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** The broker, as far as a push sees it. */
class FakeSystem {
  readonly published: ZoneEvent[] = []
  watchers = 0
  onPublish: () => void = () => undefined
  #receipt: (receipt: Receipt) => void = () => undefined
  #provision: (provision: Provision) => void = () => undefined

  async publish(event: ZoneEvent): Promise<number> {
    this.published.push(event)
    this.onPublish()
    return EVENT
  }
  watchReceipts(_: unknown, on: (receipt: Receipt) => void): () => void {
    this.watchers++
    this.#receipt = on
    return () => this.watchers--
  }
  watchProvisions(_: unknown, on: (provision: Provision) => void): () => void {
    this.watchers++
    this.#provision = on
    return () => this.watchers--
  }
  async watching(): Promise<void> {}

  served(secondary: string, event = EVENT): void {
    this.#receipt({zone: ZONE, secondary, event, at: 0, revision: 1, ms: 1, outcome: 'served', serial: 7})
  }
  removed(secondary: string): void {
    this.#receipt({zone: ZONE, secondary, event: EVENT, at: 0, revision: 1, ms: 1, outcome: 'removed'})
  }
  failed(secondary: string): void {
    const error = {code: 'PDIST_X', message: 'no', hints: []}
    this.#receipt({zone: ZONE, secondary, event: EVENT, at: 0, revision: 1, ms: 1, outcome: 'failed', error})
  }
  provided(outcome: 'stored' | 'absent' | 'failed', event = EVENT, code = 'PDIST_Y'): void {
    const about = {zone: ZONE, event, at: 0}
    if (outcome === 'stored') this.#provision({...about, outcome, revision: 1})
    else if (outcome === 'absent') this.#provision({...about, outcome})
    else this.#provision({...about, outcome, error: {code, message: 'denied', hints: []}})
  }
}

function push(options: Partial<PushOptions> = {}) {
  const system = new FakeSystem()
  const progress: PushReport[] = []
  const secondaries = ['ns1', 'ns2'].map((name) => ({name, active: true}))
  const report = pushZone(system, ZONE, {
    ...{waitFor: 'all', timeoutMs: 1000, secondaries, newId: () => 'id-1', now: Date.now, acceptLoss: false},
    onProgress: (each) => progress.push(each),
    signal: new AbortController().signal,
    ...options,
  })
  report.catch(() => undefined)
  return {system, progress, report}
}

/** Lets the push get as far as it can without time. */
function settle(): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(0)
}

describe('a push', () => {
  it('says that a loss is meant, if it is', async () => {
    const {system, report} = push({acceptLoss: true})
    await settle()
    expect(system.published).toMatchObject([{source: 'zone push --accept-loss'}])
    for (const name of ['ns1', 'ns2']) system.served(name)
    await report
  })

  it('ends at once where somebody has to decide, and is not confirmed', async () => {
    const {system, report} = push({timeoutMs: 3_600_000})
    await settle()
    system.provided('failed', EVENT, 'PDIST_ZONE_VANISHED')
    expect(await report).toMatchObject({
      confirmed: false,
      provision: 'failed',
      error: {code: 'PDIST_ZONE_VANISHED'},
    })
  })

  it('is confirmed when every active secondary proved the event or a newer one', async () => {
    const {system, report, progress} = push()
    await settle()
    expect(system.published).toMatchObject([{verb: 'refresh', zone: ZONE, id: 'id-1', source: 'zone push'}])
    system.provided('stored')
    system.served('ns1', EVENT - 1)
    await vi.advanceTimersByTimeAsync(20)
    system.served('ns1')
    system.removed('ns2')
    expect(await report).toEqual({
      zone: ZONE,
      confirmed: true,
      provision: 'stored',
      secondaries: [
        {secondary: 'ns1', state: 'served', serial: 7, ms: 20},
        {secondary: 'ns2', state: 'removed', ms: 20},
      ],
    })
    expect(
      progress.map(({secondaries}) => secondaries.filter(({state}) => state === 'waiting').length),
    ).toEqual([2, 2, 1, 0])
    expect([system.watchers, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('hears what comes before it knows its own event', async () => {
    const {system, report} = push()
    system.onPublish = () => {
      system.served('ns1')
      system.served('ns2')
      system.provided('stored')
    }
    expect(await report).toMatchObject({confirmed: true, provision: 'stored'})
  })

  it('tells who did not confirm in time, and that nobody provides', async () => {
    const {system, report} = push()
    await settle()
    system.served('ns1')
    await vi.advanceTimersByTimeAsync(1000)
    expect(await report).toMatchObject({
      confirmed: false,
      provision: 'none',
      secondaries: [{state: 'served'}, {state: 'waiting'}],
    })
    expect([system.watchers, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('waits for a failure to heal, and tells of it if it does not', async () => {
    const healed = push()
    await settle()
    healed.system.failed('ns1')
    healed.system.served('ns2')
    healed.system.provided('failed')
    await vi.advanceTimersByTimeAsync(500)
    healed.system.provided('stored')
    healed.system.served('ns1')
    expect(await healed.report).toMatchObject({confirmed: true, provision: 'stored'})
    const failing = push()
    await settle()
    failing.system.provided('failed')
    failing.system.failed('ns1')
    await vi.advanceTimersByTimeAsync(1000)
    expect(await failing.report).toMatchObject({
      confirmed: false,
      error: {code: 'PDIST_Y'},
      secondaries: [{state: 'failed', error: {code: 'PDIST_X'}}, {state: 'waiting'}],
    })
  })

  it('does not take a secondary that came meanwhile for one that was there', async () => {
    const {system, report} = push({
      secondaries: [
        {name: 'ns1', active: true},
        {name: 'ns2', active: true},
        {name: 'ns3', active: false},
      ],
    })
    await settle()
    for (const name of ['ns1', 'ns3', 'ns4']) system.served(name)
    await vi.advanceTimersByTimeAsync(1000)
    const {confirmed, secondaries} = await report
    expect(confirmed).toBe(false)
    expect(secondaries.map(({state}) => state)).toEqual(['served', 'waiting', 'served', 'served'])
  })

  it('of a zone that nobody knows ends at once, unconfirmed', async () => {
    const {system, report} = push({waitFor: 0, timeoutMs: 60_000})
    expect(await report).toMatchObject({confirmed: true, provision: 'none'})
    expect(system.watchers).toBe(0)
    const unknown = push()
    await settle()
    unknown.system.provided('absent')
    expect(await unknown.report).toMatchObject({confirmed: false, provision: 'absent'})
  })

  it.each([
    ['any', 1],
    [1, 1],
    [2, 2],
  ] as const)('for %s is confirmed by %d', async (waitFor, needed) => {
    const {system, report} = push({waitFor})
    await settle()
    const names = ['ns1', 'ns2'].slice(0, needed)
    for (const name of names.slice(1)) system.served(name)
    const early = await Promise.race([report, settle()])
    expect(early).not.toHaveProperty('confirmed')
    system.served('ns1')
    expect(await report).toMatchObject({confirmed: true})
  })

  it.each([
    [[], 'no secondary has ever'],
    [[{name: 'ns1', active: false}], 'no secondary is active'],
  ])('with %j as secondaries is refused', async (secondaries, words) => {
    const {system, report} = push({secondaries})
    await expect(report).rejects.toMatchObject({
      code: 'PDIST_NO_SECONDARY',
      message: expect.stringContaining(words),
    })
    expect(system.published).toEqual([])
  })

  it('ends when it is aborted, or cannot be published, and watches no longer', async () => {
    const abort = new AbortController()
    const {system, report} = push({signal: abort.signal})
    await settle()
    abort.abort(new Error('enough'))
    await expect(report).rejects.toThrow('enough')
    const failing = push()
    failing.system.onPublish = () => {
      throw new Error('away')
    }
    await expect(failing.report).rejects.toThrow('away')
    expect([system.watchers, failing.system.watchers, vi.getTimerCount()]).toEqual([0, 0, 0])
  })
})
