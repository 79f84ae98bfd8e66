import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {type DeliveredEvent, EventStream} from '../../../src/lib/broker/events.js'
import {consumeZones, type DeliveredState, pendingStates} from '../../../src/lib/broker/zone-feed.js'
import {ZoneStore} from '../../../src/lib/broker/zone-store.js'
import {type ZoneName, zoneName} from '../../../src/lib/dns/name.js'
import type {ZoneEvent} from '../../../src/lib/zone/event.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {tombstoneOf, versionOf} from '../../support/versions.js'
import {TestBroker} from './fixture.js'

const ZONE = zoneName('example.test')
const body = Buffer.from('packed messages')

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

function event(zone: ZoneName, id: string): ZoneEvent {
  return {verb: 'modified', zone, id, source: 'test', call: 'PATCH /zones', at: 1}
}

function consumeEvents(test: TestBroker, on: (event: DeliveredEvent) => void): EventStream {
  const stream = new EventStream(test.broker)
  test.run(stream.consume(test.feed, on))
  return stream
}

function feedZones(test: TestBroker, on: (state: DeliveredState) => void, started: string[] = []): void {
  const options = {...test.feed, secondary: 'ns1', onStart: (created: string) => started.push(created)}
  test.run(consumeZones(test.broker, options, on))
}

describe('the event stream', () => {
  it('hands every event to one of the zone-providers, and an id once', async () => {
    await using test = await TestBroker.open(nats)
    const [one, two]: [string[], string[]] = [[], []]
    const stream = consumeEvents(test, (delivered) => {
      one.push(delivered.id)
      delivered.ack()
    })
    consumeEvents(test, (delivered) => {
      two.push(delivered.id)
      delivered.ack()
    })
    const ids = Array.from({length: 50}, (_, i) => `id-${i}`)
    const sequences = await Promise.all(ids.map((id) => stream.publish(event(ZONE, id))))
    const again = await Promise.all(ids.map((id) => stream.publish(event(ZONE, id))))
    expect(again).toEqual(sequences)
    await eventually(() => expect([...one, ...two].sort()).toEqual([...ids].sort()))
  })

  it('says all that was said, and delivers again what was not settled', async () => {
    await using test = await TestBroker.open(nats)
    const seen: Array<{delivery: number; sequence: number; zone: ZoneName; verb: string; call?: string}> = []
    const stream = consumeEvents(test, (delivered) => {
      const {delivery, sequence, zone, verb, call} = delivered
      seen.push({delivery, sequence, zone, verb, ...(call ? {call} : {})})
      delivered.working()
      if (delivery === 1) delivered.retryIn(0)
      else if (delivery === 2) delivered.retryIn(20)
      else delivered.ack()
      // Exactly one of them counts.
      delivered.ack()
      delivered.retryIn(0)
    })
    const root = zoneName('.')
    const sequence = await stream.publish({...event(root, 'a'), verb: 'added'})
    const about = {sequence, zone: root, verb: 'added', call: 'PATCH /zones'}
    await eventually(() => expect(seen).toEqual([1, 2, 3].map((delivery) => ({delivery, ...about}))))
    const {jsm, names} = test.broker
    await eventually(async () => {
      const info = await jsm.consumers.info(names.eventStream, names.providerConsumer)
      expect({waiting: info.num_pending, underWay: info.num_ack_pending}).toEqual({waiting: 0, underWay: 0})
    })
  })

  it('drops what is no event, for good, and goes on', async () => {
    await using test = await TestBroker.open(nats)
    const {js, jsm, names} = test.broker
    const good = JSON.stringify({id: 'x', source: 'test', at: 1})
    const bad: Array<[string, string]> = [
      [names.event('modified', ZONE), 'garbage'],
      [names.event('modified', ZONE), '{"id":5}'],
      [names.event('modified', ZONE), `{"id":"${'x'.repeat(900_000)}"}`],
      [names.event('exploded', ZONE), good],
      [
        names
          .event('modified', ZONE)
          .toUpperCase()
          .replace(/^TEST(\d+)\.EVENT\.MODIFIED/, 'test$1.event.modified'),
        good,
      ],
      [names.event('modified', '>').replace('>', 'x=zz'), good],
      [names.event('modified', '>').replace('>', `${'a'.repeat(64)}.test`), good],
    ]
    for (const [subject, data] of bad) await js.publish(subject, data)
    const seen: string[] = []
    const stream = consumeEvents(test, (delivered) => {
      seen.push(delivered.id)
      delivered.ack()
    })
    await stream.publish(event(ZONE, 'good'))
    await eventually(() => expect(seen).toEqual(['good']))
    expect(test.malformed).toHaveLength(bad.length)
    await eventually(async () => {
      const info = await jsm.consumers.info(names.eventStream, names.providerConsumer)
      expect(info.num_ack_pending).toBe(0)
    })
  })
})

describe('the zone feed', () => {
  it('hands out 20,000 states, each until it is acknowledged', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const names = Array.from({length: 20_000}, (_, i) => `zone-${i}.test.`)
    for (let i = 0; i < names.length; i += 2000) {
      await Promise.all(names.slice(i, i + 2000).map((name) => store.put(versionOf(name), body, 0)))
    }
    const seen = new Set<string>()
    feedZones(test, (delivered) => {
      seen.add(delivered.state.zone)
      if (delivered.state.zone === 'zone-7.test.' && delivered.delivery === 1) delivered.retryIn(0)
      else delivered.ack()
    })
    await eventually(() => expect(seen.size).toBe(20_000))
    await eventually(async () => expect(await pendingStates(test.broker, 'ns1')).toBe(0))
  })

  it('tells versions, tombstones and garbage apart', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const seen: DeliveredState[] = []
    feedZones(test, (delivered) => {
      seen.push(delivered)
      delivered.ack()
    })
    const {js, names} = test.broker
    await js.publish(names.zone('>').replace('>', 'bad'), 'garbage')
    const first = await store.put(versionOf(ZONE), body, 0)
    await eventually(() => expect(seen).toHaveLength(1))
    const second = await store.bury(tombstoneOf(ZONE), first)
    await eventually(() => expect(seen).toHaveLength(2))
    expect(seen.map(({state}) => state)).toEqual([
      {...versionOf(ZONE), revision: first},
      {...tombstoneOf(ZONE), revision: second},
    ])
    expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe('packed messages')
    expect(test.malformed).toHaveLength(1)
  })
})

describe('whoever consumes', () => {
  it('goes on after the broker was restarted, and after it was wiped', async () => {
    await using server = await NatsProcess.start()
    await using test = await TestBroker.open(server)
    const store = new ZoneStore(test.broker)
    const seen: string[] = []
    const started: string[] = []
    const watched: string[] = []
    feedZones(
      test,
      (delivered) => {
        seen.push(delivered.state.zone)
        delivered.ack()
      },
      started,
    )
    test.run(new EventStream(test.broker).watch(test.feed, ({zone}) => watched.push(zone)))
    const stream = consumeEvents(test, (delivered) => {
      seen.push(delivered.id)
      delivered.ack()
    })
    // What comes while the watch is made anew is not told, so it is said until it is heard.
    const said = async (name: string) => {
      await eventually(async () => {
        const zone = zoneName(name)
        const found = await store.get(zone)
        await store.put(versionOf(zone), body, found?.state.revision ?? 0)
        await stream.publish(event(zone, `event of ${name}`))
        expect(watched).toContain(zone)
      })
      await eventually(() => expect(seen).toEqual(expect.arrayContaining([`${name}.`, `event of ${name}`])))
    }
    await said('before.test')
    await server.restart()
    await said('restarted.test')
    expect(new Set(started).size).toBe(1)
    await server.restart({wiped: true})
    await said('wiped.test')
    expect(new Set(started).size).toBe(2)
  })

  it('ends at once when aborted, also where it has not begun', async () => {
    await using test = await TestBroker.open(nats)
    const abort = new AbortController()
    const feed = {...test.feed, signal: abort.signal}
    const zones = {...feed, secondary: 'ns1', onStart() {}}
    const begin = () => [
      consumeZones(test.broker, zones, () => undefined),
      new EventStream(test.broker).consume(feed, () => undefined),
      new EventStream(test.broker).watch(feed, () => undefined),
    ]
    const running = begin()
    await eventually(async () => expect(await pendingStates(test.broker, 'ns1')).toBe(0))
    abort.abort()
    await Promise.all([...running, ...begin()])
    expect(test.restarts).toEqual([])
  })
})
