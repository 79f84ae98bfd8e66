import {afterAll, beforeAll, expect, it} from 'vitest'
import {EventStream} from '../../../src/lib/broker/events.js'
import {History} from '../../../src/lib/broker/history.js'
import {Reports} from '../../../src/lib/broker/reports.js'
import {answerRollCall, callRoll} from '../../../src/lib/broker/roll-call.js'
import {type ZoneName, zoneName} from '../../../src/lib/dns/name.js'
import type {DaemonPresence} from '../../../src/lib/zone/daemon.js'
import {type Happening, zoneOf} from '../../../src/lib/zone/happening.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {TestBroker} from './fixture.js'

const ZONE = zoneName('example.test')
const OTHER = zoneName('0/25.other.test')

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

/** An event and all that is told of it; resolves when the broker keeps it. */
async function change({broker}: TestBroker, zone: ZoneName, id: string): Promise<void> {
  const reports = new Reports(broker)
  const event = await new EventStream(broker).publish({verb: 'modified', zone, id, source: 'test', at: 1})
  reports.provided({zone, event, at: 2, outcome: 'stored', revision: event})
  for (const secondary of ['ns1', 'ns2'])
    reports.receipt({zone, secondary, event, at: 3, revision: event, ms: 4, outcome: 'served', serial: event})
  await broker.nc.flush()
}

const words = (happening: Happening) => `${happening.kind} ${zoneOf(happening)}`

it('keeps events and all that was told about them, in order, for one zone and for all', async () => {
  await using test = await TestBroker.open(nats)
  const history = new History(test.broker)
  const read = async (zone: ZoneName | '>', since?: number) => {
    const found: Happening[] = []
    const question = since === undefined ? {zone} : {zone, since}
    for await (const one of history.read(question, test.signal, test.onMalformed)) found.push(one)
    return found
  }
  expect(await read('>')).toEqual([])
  await change(test, ZONE, 'a')
  await change(test, OTHER, 'b')
  const [a, b] = [ZONE, OTHER].map((zone) => [
    `event ${zone}`,
    `provision ${zone}`,
    ...Array(2).fill(`receipt ${zone}`),
  ])
  await eventually(async () => expect((await read('>')).map(words)).toEqual([...(a ?? []), ...(b ?? [])]))
  expect((await read(OTHER)).map(words)).toEqual(b)
  const all = await read('>')
  expect(all.map(({time}) => time)).toEqual(all.map(({time}) => time).sort((x, y) => x - y))
  const later = all[4]?.time ?? 0
  expect((await read('>', later)).map(words)).toEqual(b)
  expect(test.malformed).toEqual([])
})

it('tells what happens from now on, and what is none of ours apart', async () => {
  await using test = await TestBroker.open(nats)
  const {nc, names} = test.broker
  await change(test, ZONE, 'before')
  const heard: Happening[] = []
  test.run(new History(test.broker).follow({zone: '>'}, test.feed, (one) => heard.push(one)))
  // When it listens is not told: something comes again until it does.
  let tries = 0
  await eventually(async () => {
    await change(test, ZONE, `try ${++tries}`)
    expect(new Set(heard.map(words)).size).toBe(3)
  })
  nc.publish(names.receipt('ns1', OTHER), 'garbage')
  nc.publish(names.receipt('ns1', OTHER), JSON.stringify({zone: ZONE}))
  await eventually(() => expect(test.malformed).toHaveLength(2))
  const count = heard.length
  await change(test, OTHER, 'after')
  await eventually(() => expect(heard).toHaveLength(count + 4))
})

it('hears everybody who is connected, and nobody where there is nobody', async () => {
  await using test = await TestBroker.open(nats)
  expect(await callRoll(test.broker, test.onMalformed)).toEqual([])
  const one: DaemonPresence = {
    daemon: 'zone-provider',
    host: 'h',
    pid: 1,
    pdist: '1',
    node: 'v24',
    startedAt: 1,
    at: Date.now() + 3_600_000,
    ready: false,
    missing: ['broker'],
  }
  const stop = answerRollCall(test.broker, () => one)
  answerRollCall(test.broker, () => ({...one, daemon: 'syncer', secondary: 'ns1'}))
  test.broker.nc.subscribe(test.broker.names.rollCall, {
    callback: (_, message) => void message.respond('garbage'),
  })
  const heard = await callRoll(test.broker, test.onMalformed)
  expect(heard.map(({daemon}) => daemon).sort()).toEqual(['syncer', 'zone-provider'])
  expect(heard[0]?.clockAheadMs).toBeGreaterThan(3_500_000)
  expect(test.malformed).toHaveLength(1)
  stop()
  expect(await callRoll(test.broker, test.onMalformed)).toMatchObject([{daemon: 'syncer', secondary: 'ns1'}])
})

it('follows from where somebody has read to', async () => {
  await using test = await TestBroker.open(nats)
  const history = new History(test.broker)
  await change(test, ZONE, 'a')
  await change(test, ZONE, 'b')
  const after: Partial<Record<Happening['kind'], number>> = {}
  let read = 0
  for await (const one of history.read({zone: ZONE}, test.signal, test.onMalformed)) {
    after[one.kind] = one.time
    read++
  }
  await change(test, ZONE, 'c')
  const heard: Happening[] = []
  test.run(history.follow({zone: ZONE, after}, test.feed, (one) => heard.push(one)))
  await eventually(() => expect(read + heard.length).toBe(12))
  await change(test, ZONE, 'd')
  await eventually(() => expect(read + heard.length).toBe(16))
})
