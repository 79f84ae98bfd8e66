import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Commands} from '../../../src/lib/broker/commands.js'
import {PresenceBoard} from '../../../src/lib/broker/presence.js'
import {Reports} from '../../../src/lib/broker/reports.js'
import {type ZoneName, zoneName} from '../../../src/lib/dns/name.js'
import type {OrphanOrder, TreeQuestion} from '../../../src/lib/zone/command.js'
import type {Heartbeat} from '../../../src/lib/zone/heartbeat.js'
import type {Provision, Receipt} from '../../../src/lib/zone/report.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {commandsWith, TestBroker} from './fixture.js'

const ZONE = zoneName('example.test')
const OTHER = zoneName('0/25.other.test')
const never = new AbortController().signal
const HUGE = `{"zone":"${'x'.repeat(900_000)}"}`
const GARBAGE = ['', 'no json', '\xff\xfe', '[]', 'null', '{}', '{"zone":5}', HUGE, '['.repeat(100_000)]

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

function receipt(zone: ZoneName, secondary = 'ns1'): Receipt {
  return {zone, secondary, event: 3, at: 1, revision: 5, ms: 20.5, outcome: 'served', serial: 2 ** 32 - 1}
}

function heartbeat(secondary: string, fields: Partial<Heartbeat> = {}): Heartbeat {
  const versions = {pdist: '0.1.0', powerdns: '4.7.3', node: 'v24'}
  const numbers = {zones: 2, pending: 0, lag: 0, load: 0.5, problemCount: 0, startedAt: 1}
  return {secondary, state: 'ok', ...versions, ...numbers, warnings: [], problems: [], ...fields}
}

describe('reports', () => {
  it('reach those who watch their zone', async () => {
    await using test = await TestBroker.open(nats)
    const reports = new Reports(test.broker)
    const [receipts, all, provisions]: [Receipt[], Receipt[], Provision[]] = [[], [], []]
    const {onMalformed} = test
    const stop = reports.watchReceipts(ZONE, {on: (one) => receipts.push(one), onMalformed})
    reports.watchReceipts('>', {on: (one) => all.push(one), onMalformed})
    reports.watchProvisions('>', {on: (one) => provisions.push(one), onMalformed})
    await reports.watching()
    const failed = {outcome: 'failed', error: {code: 'PDIST_X', message: 'm', hints: ['h']}} as const
    const provision: Provision = {zone: OTHER, event: 9, at: 2, ...failed}
    reports.receipt(receipt(ZONE))
    reports.receipt(receipt(OTHER, 'ns2'))
    reports.provided(provision)
    await eventually(() => expect(provisions).toEqual([provision]))
    expect(all).toEqual([receipt(ZONE), receipt(OTHER, 'ns2')])
    expect(receipts).toEqual([receipt(ZONE)])
    stop()
    reports.receipt(receipt(ZONE))
    await eventually(() => expect(all).toHaveLength(3))
    expect(receipts).toHaveLength(1)
    expect(test.malformed).toEqual([])
  })

  it('are sent once to several who watch the same, until the last of them stops', async () => {
    await using test = await TestBroker.open(nats)
    const reports = new Reports(test.broker)
    const [first, second]: [Receipt[], Receipt[]] = [[], []]
    const {onMalformed} = test
    const watcher = {on: (one: Receipt) => first.push(one), onMalformed}
    const stops = [
      reports.watchReceipts('>', watcher),
      reports.watchReceipts('>', watcher),
      reports.watchReceipts('>', {on: (one) => second.push(one), onMalformed}),
    ]
    await reports.watching()
    const before = test.broker.nc.stats().inMsgs
    reports.receipt(receipt(ZONE))
    await eventually(() => expect(first).toHaveLength(2))
    expect(second).toHaveLength(1)
    expect(test.broker.nc.stats().inMsgs - before).toBe(1)
    test.broker.nc.publish(test.broker.names.receipt('ns1', ZONE), 'no json')
    await eventually(() => expect(test.malformed).toHaveLength(1))
    for (const stop of stops.slice(0, 2)) stop()
    stops[0]?.()
    reports.receipt(receipt(OTHER))
    await eventually(() => expect(second).toHaveLength(2))
    expect(first).toHaveLength(2)
    stops[2]?.()
    reports.watchReceipts('>', watcher)
    await reports.watching()
    reports.receipt(receipt(ZONE))
    await eventually(() => expect(first).toHaveLength(3))
    expect([second.length, test.malformed.length]).toEqual([2, 1])
  })

  it('with an endless error message arrive, cut', async () => {
    await using test = await TestBroker.open(nats)
    const reports = new Reports(test.broker)
    const heard: Receipt[] = []
    reports.watchReceipts('>', {on: (one) => heard.push(one), onMalformed: test.onMalformed})
    await reports.watching()
    const error = {code: 'PDIST_X', message: 'm'.repeat(5_000_000), hints: []}
    const about = {zone: ZONE, secondary: 'ns1', event: 1, at: 1, revision: 1, ms: 1}
    reports.receipt({...about, outcome: 'failed', error})
    await eventually(() => expect(heard).toHaveLength(1))
    expect(test.malformed).toEqual([])
  })

  it('that nobody would send are counted, and the next good one is heard', async () => {
    await using test = await TestBroker.open(nats)
    const {nc, names} = test.broker
    const reports = new Reports(test.broker)
    const heard: Array<Receipt | Provision> = []
    const listener = {on: (one: Receipt | Provision) => heard.push(one), onMalformed: test.onMalformed}
    reports.watchReceipts('>', listener)
    reports.watchProvisions('>', listener)
    await reports.watching()
    for (const garbage of GARBAGE) {
      nc.publish(names.receipt('ns1', ZONE), garbage)
      nc.publish(names.provided(ZONE), garbage)
    }
    // Who may publish for ns1 shall not speak for ns2, nor about a zone that the subject does not name.
    nc.publish(names.receipt('ns1', ZONE), JSON.stringify(receipt(ZONE, 'ns2')))
    nc.publish(names.receipt('ns1', ZONE), JSON.stringify(receipt(OTHER, 'ns1')))
    reports.receipt(receipt(ZONE))
    await eventually(() => expect(heard).toEqual([receipt(ZONE)]))
    expect(test.malformed).toHaveLength(2 * GARBAGE.length + 2)
    for (const error of test.malformed) expect(error).toMatchObject({code: 'PDIST_MALFORMED_MESSAGE'})
  })

  it('on a closed connection are let be', async () => {
    const test = await TestBroker.open(nats)
    await test[Symbol.asyncDispose]()
    expect(() => new Reports(test.broker).receipt(receipt(ZONE))).not.toThrow()
  })
})

describe('commands', () => {
  it('are answered by the secondary that is meant', async () => {
    await using test = await TestBroker.open(nats)
    const commands = new Commands(test.broker)
    const resynced: ZoneName[][] = []
    const stand = async (zone: ZoneName) => ({zone, lag: 0.5, revision: 3, serial: 7, served: '7'})
    const resync = async (zones: readonly ZoneName[]) => {
      resynced.push([...zones])
      return {queued: zones.length}
    }
    const question = {root: 'r', branches: ['', 'A'], leaves: ['AB', '-_']}
    const entry = [ZONE, '7'] as const
    const tree = {complete: true, zones: 2, root: 's', branches: [['', 'x']], leaves: [[entry], []]}
    const orders = {
      tree: async (asked: TreeQuestion) => {
        expect(asked).toMatchObject(question)
        return tree
      },
      removeOrphans: async ({zones, storeCreated}: OrphanOrder) => ({
        queued: storeCreated === 'then' ? zones.length : 0,
      }),
    }
    const given = commandsWith({stand, resync, ...orders})
    const stop = commands.serve('ns1', given, test.onMalformed)
    await test.broker.nc.flush()
    expect(await commands.stand('ns1', ZONE)).toEqual(await stand(ZONE))
    expect(await commands.resync('ns1', [ZONE, OTHER])).toEqual({queued: 2})
    expect(await commands.tree('ns1', question)).toEqual(tree)
    expect(await commands.removeOrphans('ns1', {zones: [OTHER], storeCreated: 'then'})).toEqual({queued: 1})
    expect(resynced).toEqual([[ZONE, OTHER]])
    const noAnswer = {code: 'PDIST_NO_ANSWER', message: expect.stringContaining('ns2')}
    await expect(commands.stand('ns2', ZONE)).rejects.toMatchObject(noAnswer)
    stop()
    await test.broker.nc.flush()
    await expect(commands.stand('ns1', ZONE)).rejects.toMatchObject({code: 'PDIST_NO_ANSWER'})
  })

  it('take any number of zones with the longest of names', async () => {
    await using test = await TestBroker.open(nats)
    const commands = new Commands(test.broker)
    const queued = new Set<ZoneName>()
    const resync = async (zones: readonly ZoneName[]) => {
      for (const zone of zones) queued.add(zone)
      return {queued: zones.length}
    }
    const stand = async (zone: ZoneName) => ({zone, lag: 0})
    commands.serve('ns1', commandsWith({stand, resync}), test.onMalformed)
    const label = (length: number) => '\\000'.repeat(length)
    const long = `${label(59)}.${label(63)}.${label(63)}.${label(61)}`
    const zones = Array.from({length: 1500}, (_, i) => zoneName(`${String(i).padStart(4, '0')}${long}`))
    expect(await commands.resync('ns1', zones)).toEqual({queued: 1500})
    expect(queued).toEqual(new Set(zones))
    expect(test.malformed).toEqual([])
  })

  it('that fail say why', async () => {
    await using test = await TestBroker.open(nats)
    const commands = new Commands(test.broker)
    const fail = async () => {
      throw new Error('PowerDNS is away')
    }
    commands.serve('ns1', commandsWith({stand: fail, resync: fail}), test.onMalformed)
    await test.broker.nc.flush()
    await expect(commands.stand('ns1', ZONE)).rejects.toMatchObject({
      code: 'PDIST_NO_ANSWER',
      message: expect.stringContaining('PowerDNS is away'),
    })
  })

  it('that nobody would send are counted and refused, and the next good one is answered', async () => {
    await using test = await TestBroker.open(nats)
    const {nc, names} = test.broker
    const commands = new Commands(test.broker)
    const stand = async (zone: ZoneName) => ({zone, lag: 0})
    commands.serve('ns1', commandsWith({stand, resync: async () => ({queued: 0})}), test.onMalformed)
    for (const garbage of GARBAGE) nc.publish(names.command('ns1'), garbage)
    const answer = await nc.request(names.command('ns1'), '{"do":"stand","zone":"UPPER.test."}')
    expect(answer.json()).toMatchObject({error: {code: 'PDIST_MALFORMED_MESSAGE'}})
    expect(await commands.stand('ns1', ZONE)).toEqual({zone: ZONE, lag: 0})
    expect(test.malformed).toHaveLength(GARBAGE.length + 1)
  })

  it('do not believe an answer that is none', async () => {
    await using test = await TestBroker.open(nats)
    const {nc, names} = test.broker
    let answer = ''
    nc.subscribe(names.command('ns1'), {callback: (_, message) => void message.respond(answer)})
    await nc.flush()
    for (answer of ['garbage', '{}', '{"ok":{"zone":"x"}}', '{"ok":{"zone":"example.test.","lag":"1"}}']) {
      await expect(new Commands(test.broker).stand('ns1', ZONE)).rejects.toMatchObject({
        code: 'PDIST_MALFORMED_MESSAGE',
      })
    }
  })
})

describe('heartbeats', () => {
  it('are listed once per secondary, with their age by the broker’s clock', async () => {
    await using test = await TestBroker.open(nats)
    const board = new PresenceBoard(test.broker)
    expect(await board.list(never, test.onMalformed)).toEqual([])
    const disks = [{path: '/var/lib/powerdns', total: 10, free: 0}]
    const means = {memory: {total: 10, available: 1}, disks, shortages: ['load', 'disk']} as const
    await board.beat(heartbeat('ns2'))
    await board.beat(heartbeat('ns1', {zones: 1}))
    await board.beat(heartbeat('ns1', {zones: 3, ...means}))
    const [one, two, ...more] = await board.list(never, test.onMalformed)
    expect(more).toEqual([])
    expect(one).toEqual({...heartbeat('ns1', {zones: 3, ...means}), ageMs: expect.any(Number)})
    expect(two?.secondary).toBe('ns2')
    // ns2's came first; neither says anything of a clock of ours.
    expect(two?.ageMs).toBeGreaterThan(one?.ageMs ?? 0)
    const older = await board.list(never, test.onMalformed)
    expect(older[0]?.ageMs).toBeGreaterThan(one?.ageMs ?? 0)
  })

  it('are watched: the last of each, then every new one, also of a broker that was wiped', async () => {
    await using other = await NatsProcess.start()
    await using test = await TestBroker.open(other)
    const board = new PresenceBoard(test.broker)
    await board.beat(heartbeat('ns1', {zones: 1}))
    const heard: number[] = []
    const watch = {onMalformed: test.onMalformed, onRestart: test.feed.onRestart, signal: test.signal}
    test.run(board.watch(watch, ({zones}) => heard.push(zones)))
    await eventually(() => expect(heard).toEqual([1]))
    for (const zones of [2, 3]) {
      await board.beat(heartbeat('ns1', {zones}))
      await eventually(() => expect(heard.at(-1)).toBe(zones))
    }
    expect(heard).toEqual([1, 2, 3])
    await other.restart({wiped: true})
    await eventually(() => test.setUpAgain())
    await eventually(() => board.beat(heartbeat('ns1', {zones: 4})))
    await eventually(() => expect(heard).toContain(4))
  })

  it('that nobody would send are counted, and the good ones are listed', async () => {
    await using test = await TestBroker.open(nats)
    const {js, names} = test.broker
    for (const [i, garbage] of GARBAGE.entries()) await js.publish(names.secondary(`bad${i}`), garbage)
    await js.publish(names.secondary('ns3'), JSON.stringify(heartbeat('ns1')))
    const board = new PresenceBoard(test.broker)
    await board.beat(heartbeat('ns1'))
    const found = await board.list(never, test.onMalformed)
    expect(found.map(({secondary}) => secondary)).toEqual(['ns1'])
    expect(test.malformed).toHaveLength(GARBAGE.length + 1)
  })
})
