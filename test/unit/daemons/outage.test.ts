import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {watchOf} from '../../../src/daemons/syncer/outage.js'
import type {SyncerContext} from '../../../src/daemons/syncer/parts.js'
import {Bell} from '../../../src/lib/async/bell.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {Rcode} from '../../../src/lib/dns/wire.js'
import {ServedBook} from '../../../src/lib/sync/compare/served-book.js'
import {TestContext} from '../../support/daemon-context.js'
import {versionOf} from '../../support/versions.js'

const ZONES = ['a.test', 'b.test', 'c.test'].map(zoneName)
const never = new AbortController().signal

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** The watch of a syncer that serves `zones`, with a PowerDNS whose answers `servfail` and `alive` decide. */
async function watched(zones: readonly string[] = ZONES) {
  const context = await TestContext.open('syncer')
  const powerDns = {alive: true, servfail: new Set<string>(), asked: [] as string[]}
  const book = new ServedBook()
  for (const zone of zones) book.serves(zoneName(zone), versionOf(zone).fingerprint, 0)
  const gate: {pause?: object} = {}
  const onBack = vi.fn()
  const answer = async <T>(value: T) => {
    if (!powerDns.alive) throw new Error('silence')
    return value
  }
  const parts = {
    powerDns: {version: '', api: {version: () => answer('5.1.0')}},
    served: {
      recordsOf: (zone: string) => {
        powerDns.asked.push(zone)
        return answer({rcode: powerDns.servfail.has(zone) ? Rcode.SERVFAIL : Rcode.NOERROR, records: []})
      },
    },
    ...{book, gate, news: new Bell()},
  }
  context.readiness.expect('powerdns')
  const watch = watchOf(context as unknown as SyncerContext, parts as never, onBack)
  context.background('watch', (signal) => watch.run(signal))
  return {context, watch, powerDns, gate, onBack}
}

it('takes SERVFAIL for the server`s own when all that it asks for get it, and asks for others each time', async () => {
  const {context, watch, powerDns} = await watched([...ZONES, 'd.test', 'e.test'])
  await using _ = context
  for (const zone of ['a.test.', 'b.test.', 'd.test.', 'e.test.']) powerDns.servfail.add(zone)
  for (let i = 0; i < 3; i += 1) await watch.insist(never).catch(() => undefined)
  expect(new Set(powerDns.asked).size).toBe(5)
  powerDns.asked.length = 0
  powerDns.servfail.add('c.test.')
  await expect(watch.insist(never)).rejects.toThrow(
    /^PowerDNS answers no DNS queries: SERVFAIL .*test\., .*test\., .*test\.$/,
  )
  expect(powerDns.asked).toHaveLength(3)
})

it('asks for each zone once where there are few', async () => {
  const {context, watch, powerDns} = await watched(['a.test', 'b.test'])
  await using _ = context
  await vi.advanceTimersByTimeAsync(1)
  for (const zone of ['a.test.', 'b.test.']) powerDns.servfail.add(zone)
  for (let i = 0; i < 3; i += 1) {
    powerDns.asked.length = 0
    await expect(watch.insist(never)).rejects.toThrow('SERVFAIL')
    expect(powerDns.asked.sort()).toEqual(['a.test.', 'b.test.'])
  }
})

it('asks for the root where no zone is served, once', async () => {
  const {context, watch, powerDns} = await watched([])
  await using _ = context
  await vi.advanceTimersByTimeAsync(1)
  powerDns.asked.length = 0
  await watch.insist(never)
  expect(powerDns.asked).toEqual(['.'])
  powerDns.servfail.add('.')
  await expect(watch.insist(never)).rejects.toThrow('SERVFAIL is all that it says, of .')
})

it('has what failed tried again when all is back, once', async () => {
  const {context, powerDns, onBack} = await watched()
  await using _ = context
  powerDns.alive = false
  await vi.advanceTimersByTimeAsync(20_000)
  expect(onBack).not.toHaveBeenCalled()
  powerDns.alive = true
  await vi.advanceTimersByTimeAsync(30_000)
  const answers = context.events.filter(({event}) => event === 'powerdns.answers')
  expect([answers.length, onBack.mock.calls.length]).toEqual([2, 1])
})

it('shouts only where nobody paused it', async () => {
  const {context, powerDns, gate} = await watched()
  await using _ = context
  const levels: string[] = []
  for (const level of ['warn', 'error'] as const) context.log[level] = () => void levels.push(level)
  gate.pause = {}
  powerDns.alive = false
  await vi.advanceTimersByTimeAsync(30_000)
  expect(new Set(levels)).toEqual(new Set(['warn']))
  expect(context.readiness.missing).toEqual(['powerdns'])
})
