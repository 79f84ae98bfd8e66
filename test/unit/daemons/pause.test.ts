import {errors} from 'nats'
import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {Gate} from '../../../src/daemons/syncer/gate.js'
import type {SyncerContext} from '../../../src/daemons/syncer/parts.js'
import {PauseFollower} from '../../../src/daemons/syncer/pause.js'
import {whatMayBeApplied} from '../../../src/daemons/syncer/transfers.js'
import {Bell} from '../../../src/lib/async/bell.js'
import type {PauseListener, PauseRecord} from '../../../src/lib/broker/pauses.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {SnapshotShelf} from '../../../src/lib/sync/apply/shelf.js'
import type {Pause} from '../../../src/lib/zone/pause.js'
import {TestContext} from '../../support/daemon-context.js'
import {eventually} from '../../support/eventually.js'

const PAUSE: Pause = {since: 1, reason: 'new disk', by: 'jo@host'}

let context: TestContext
beforeEach(async () => {
  const env = {PDIST_SECONDARY_NAME: 'ns1', PDIST_SECONDARY_API_URL: 'http://127.0.0.1:1'}
  context = await TestContext.open('syncer', {...env, PDIST_SECONDARY_API_KEY: 'k'})
})
afterEach(async () => {
  vi.useRealTimers()
  await context[Symbol.asyncDispose]()
})

/** A follower of a record that the test writes; `applied` resolves what still runs at a hold. */
function following() {
  const gate = new Gate(new Bell())
  let tell: (record: PauseRecord) => void = () => undefined
  let trouble: (error: Error) => void = () => undefined
  let settle: () => void = () => undefined
  const pauses = {
    restore: vi.fn(async () => undefined),
    end: vi.fn(async () => undefined),
    follow: async (_: string, {signal, onTrouble}: PauseListener, on: (record: PauseRecord) => void) => {
      tell = on
      trouble = onTrouble
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    },
  }
  const syncer = {
    hold: vi.fn(() => new Promise<void>((resolve) => (settle = resolve))),
    release: vi.fn(),
  }
  const follower = new PauseFollower(context as unknown as SyncerContext, {pauses, gate, syncer})
  context.background('pause', (signal) => follower.run(signal))
  const paused = (fields: Partial<PauseRecord & {state: 'paused'}> = {}) =>
    tell({state: 'paused', at: 10, pause: PAUSE, leftMs: Number.POSITIVE_INFINITY, revision: 7, ...fields})
  return {
    ...{gate, pauses, syncer, paused},
    tell: (record: PauseRecord) => tell(record),
    trouble: (error: Error) => trouble(error),
    applied: () => settle(),
  }
}

it('applies nothing before it is known that nobody paused it', () => {
  const {gate, syncer, tell} = following()
  expect([gate.isOpen, gate.isQuiet, syncer.hold.mock.calls.length]).toEqual([false, true, 1])
  tell({state: 'absent'})
  expect([gate.isOpen, gate.isQuiet, syncer.release.mock.calls.length]).toEqual([true, false, 1])
})

it('is paused when nothing runs any more, and goes on when told to', async () => {
  const {gate, paused, applied, tell} = following()
  tell({state: 'ended', at: 9})
  const periods: AbortSignal[] = []
  const endless = async (signal: AbortSignal) => {
    periods.push(signal)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  }
  context.background('work', (signal) => gate.whileOpen(signal, endless))
  await eventually(() => expect(periods).toHaveLength(1))
  paused()
  expect([gate.isOpen, gate.isQuiet, gate.pause, periods[0]?.aborted]).toEqual([
    false,
    false,
    undefined,
    true,
  ])
  applied()
  await eventually(() => expect(gate.pause).toEqual(PAUSE))
  expect(gate.isQuiet).toBe(true)
  tell({state: 'ended', at: 11})
  expect([gate.isOpen, gate.pause]).toEqual([true, undefined])
  await eventually(() => expect(periods).toHaveLength(2))
  const told = context.events.map(({event}) => event)
  expect(told).toEqual(['secondary.paused', 'secondary.resumed'])
})

it('is not paused by an order that was taken back before it took effect', async () => {
  const {gate, paused, applied, tell} = following()
  tell({state: 'ended', at: 9})
  paused()
  tell({state: 'ended', at: 11})
  applied()
  await Promise.resolve()
  expect([gate.isOpen, gate.pause]).toEqual([true, undefined])
})

it('ends a pause by itself, however often the record is read again meanwhile', async () => {
  vi.useFakeTimers()
  const {gate, pauses, paused, applied} = following()
  paused({leftMs: 60_000})
  applied()
  await vi.advanceTimersByTimeAsync(30_000)
  paused({leftMs: 60_000, revision: 9})
  expect(gate.pause).toEqual(PAUSE)
  await vi.advanceTimersByTimeAsync(29_000)
  expect(gate.isOpen).toBe(false)
  await vi.advanceTimersByTimeAsync(1001)
  expect([gate.isOpen, pauses.end.mock.calls]).toEqual([true, [['ns1', 9]]])
})

it('does not obey what is over already', () => {
  const {gate, pauses, paused} = following()
  paused({leftMs: -5})
  expect([gate.isOpen, pauses.end.mock.calls]).toEqual([true, [['ns1', 7]]])
})

it('believes no replica that tells of earlier times, and says once that none answers', async () => {
  const {gate, paused, applied, tell, trouble} = following()
  trouble(new Error('no answer'))
  trouble(new Error('no answer'))
  expect([gate.isOpen, context.events.map(({event}) => event)]).toEqual([false, ['pause.unknown']])
  paused()
  applied()
  await eventually(() => expect(gate.pause).toEqual(PAUSE))
  tell({state: 'ended', at: 9})
  expect(gate.isOpen).toBe(false)
  tell({state: 'ended', at: 10})
  expect(gate.isOpen).toBe(true)
})

it('works where it may not ask', () => {
  const {gate, trouble} = following()
  trouble(new errors.PermissionViolationError('denied', 'publish', 'x', undefined, new Error()))
  expect(gate.isOpen).toBe(true)
})

it('writes the record again where the broker lost it, and stays paused', async () => {
  const {gate, pauses, paused, applied, tell} = following()
  paused()
  applied()
  await eventually(() => expect(gate.pause).toEqual(PAUSE))
  tell({state: 'absent'})
  expect([gate.isOpen, pauses.restore.mock.calls]).toEqual([false, [['ns1', PAUSE]]])
})

it('lets a task that fails or ends by itself do so', async () => {
  const gate = new Gate(new Bell())
  gate.open()
  const {signal} = new AbortController()
  await expect(gate.whileOpen(signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await gate.whileOpen(signal, async () => undefined)
})

it('hands PowerDNS nothing while nothing shall be applied, but what it has already', async () => {
  const zone = zoneName('a.test')
  const soa = {answer: 'soa'}
  const shelf = {
    knownSoa: (name: string) => (name === zone ? soa : undefined),
    soa: async () => 'loaded',
    transfer: () => 'transfer',
  } as unknown as SnapshotShelf
  const gate = {isQuiet: true}
  const source = whatMayBeApplied(shelf, gate)
  const {signal} = new AbortController()
  const asked = async () => [
    await source.soa(zone, signal),
    await source.soa(zoneName('b.test'), signal),
    source.transfer(zone),
  ]
  expect(await asked()).toEqual([soa, 'not-at-hand', 'not-at-hand'])
  gate.isQuiet = false
  expect(await asked()).toEqual(['loaded', 'loaded', 'transfer'])
})
