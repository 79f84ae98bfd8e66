import {randomBytes} from 'node:crypto'
import {headers} from 'nats'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {everyMessage, ownConsumer} from '../../../src/lib/broker/messages.js'
import {ZoneStore} from '../../../src/lib/broker/zone-store.js'
import {type ZoneName, zoneName} from '../../../src/lib/dns/name.js'
import type {Stored} from '../../../src/lib/zone/version.js'
import {NatsProcess} from '../../support/nats-process.js'
import {tombstoneOf, versionOf} from '../../support/versions.js'
import {TestBroker} from './fixture.js'

const never = new AbortController().signal
const body = Buffer.from('packed messages')
const ZONE = zoneName('example.test')

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

function listed(store: ZoneStore, onMalformed: (error: Error) => void): Promise<Stored[]> {
  return all(store.list(never, onMalformed))
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

async function got(store: ZoneStore, zone: ZoneName): Promise<{state: Stored; text: string} | undefined> {
  const found = await store.get(zone)
  return found && {state: found.state, text: Buffer.from(found.body).toString()}
}

describe('the zone store', () => {
  it('keeps the newest state of a zone, whatever its name is', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    for (const name of ['.', '0/25.2.0.192.in-addr.arpa', '_sip._tcp.example.test', 'a\\.b.test', '*.test']) {
      const version = versionOf(name, {event: 7})
      const revision = await store.put(version, body, 0)
      expect(await got(store, version.zone)).toEqual({state: {...version, revision}, text: 'packed messages'})
    }
    expect(await store.get(ZONE)).toBeUndefined()
  })

  it('writes only over the revision that the writer saw', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const first = await store.put(versionOf(ZONE, {event: 1}), body, 0)
    const conflict = {code: 'PDIST_REVISION_CONFLICT'}
    await expect(store.put(versionOf(ZONE, {event: 2}), body, 0)).rejects.toMatchObject(conflict)
    const second = await store.put(versionOf(ZONE, {event: 3}), body, first)
    await expect(store.bury(tombstoneOf(ZONE), first)).rejects.toMatchObject(conflict)
    expect((await store.get(ZONE))?.state).toMatchObject({event: 3, revision: second})
    const third = await store.bury(tombstoneOf(ZONE, {event: 4}), second)
    expect((await store.get(ZONE))?.state).toEqual({...tombstoneOf(ZONE, {event: 4}), revision: third})
  })

  it('forgets a tombstone, but not the version that took its place', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const buried = tombstoneOf(ZONE)
    const first = await store.bury(buried, 0)
    await store.forget({...buried, revision: first})
    expect(await store.get(ZONE)).toBeUndefined()
    const second = await store.bury(buried, 0)
    const third = await store.put(versionOf(ZONE), body, second)
    await store.forget({...buried, revision: second})
    expect((await store.get(ZONE))?.state.revision).toBe(third)
  })

  it('lists every state once: none of an empty store, all of 20,000', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    expect(await listed(store, test.onMalformed)).toEqual([])
    const names = Array.from({length: 20_000}, (_, i) => `zone-${i}.test.`)
    for (let i = 0; i < names.length; i += 2000) {
      await Promise.all(names.slice(i, i + 2000).map((name) => store.put(versionOf(name), body, 0)))
    }
    await store.bury(
      tombstoneOf('zone-7.test'),
      (await store.get(zoneName('zone-7.test')))?.state.revision ?? 0,
    )
    const states = await listed(store, test.onMalformed)
    expect(states.map(({zone}) => String(zone)).sort()).toEqual(names.sort())
    expect(states.filter(({kind}) => kind === 'tombstone').map(({zone}) => zone)).toEqual(['zone-7.test.'])
    expect(test.malformed).toEqual([])
  })

  it('ends a list although all that was to come is removed meanwhile', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const revision = await store.bury(tombstoneOf(ZONE), 0)
    const consumer = await ownConsumer(test.broker, test.broker.names.zoneStream, {})
    await store.forget({...tombstoneOf(ZONE), revision})
    expect(await all(everyMessage(consumer, never))).toEqual([])
  })

  it('says so when a list was cut short, or when it is aborted', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    for (let i = 0; i < 10; i++) await store.put(versionOf(`zone-${i}.test`), body, 0)
    const abort = new AbortController()
    const list = store.list(abort.signal, test.onMalformed)
    await list.next()
    abort.abort(new Error('enough'))
    await expect(all(list)).rejects.toThrow('enough')
    await expect(all(store.list(abort.signal, test.onMalformed))).rejects.toThrow('enough')
    const {broker} = test
    const consumer = await ownConsumer(broker, broker.names.zoneStream, {})
    await broker.jsm.streams.delete(broker.names.zoneStream)
    await expect(all(everyMessage(consumer, never))).rejects.toThrow()
  })

  it('skips what is none of ours and tells of it', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const {js, names} = test.broker
    const zoneSubject = (key: string) => names.zone('>').replace('>', key)
    const withHeader = (text: string) => {
      const result = headers()
      result.set('Pdist-Zone', text)
      return {headers: result}
    }
    await js.publish(zoneSubject('no.header'), body)
    await js.publish(zoneSubject('no.json'), body, withHeader('{"kind'))
    await js.publish(zoneSubject('wrong.types'), body, withHeader('{"kind":"version","event":"1"}'))
    await js.publish(zoneSubject('UPPER.case'), body, withHeader('{"kind":"tombstone","event":1,"at":1}'))
    await js.publish(zoneSubject('huge'), body, withHeader(`{"kind":"${'x'.repeat(60_000)}"}`))
    await store.put(versionOf(ZONE), body, 0)
    expect((await listed(store, test.onMalformed)).map(({zone}) => zone)).toEqual([ZONE])
    expect(test.malformed).toHaveLength(5)
    await expect(store.get(zoneName('no.json'))).rejects.toMatchObject({code: 'PDIST_MALFORMED_MESSAGE'})
  })

  it('names what is missing where the streams were never made', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    await test.broker.jsm.streams.delete(test.broker.names.zoneStream)
    await expect(listed(store, test.onMalformed)).rejects.toMatchObject({
      code: 'PDIST_BROKER_SETUP',
      hints: expect.arrayContaining(['Run `pdist broker setup`']),
    })
  })
})

describe('large objects', () => {
  it('come back whole, up to 64 MB, within a minute', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    for (const size of [1, 256 * 1024, 5_000_000, 64 * 1024 * 1024]) {
      const packed = randomBytes(size)
      const version = versionOf(`z${size}.test`, {object: `z${size}.test/1`, packed: size})
      const revision = await store.put(version, packed, 0)
      expect(await got(store, version.zone)).toEqual({state: {...version, revision}, text: ''})
      const fetched = await store.fetchObject(version, AbortSignal.timeout(60_000))
      expect(fetched && Buffer.compare(fetched, packed)).toBe(0)
    }
  })

  it('of the loser of a race go, the winner’s stays', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    await store.put(versionOf(ZONE, {object: 'winner', packed: body.length}), body, 0)
    const loser = versionOf(ZONE, {object: 'loser', packed: body.length})
    await expect(store.put(loser, body, 0)).rejects.toMatchObject({code: 'PDIST_REVISION_CONFLICT'})
    expect((await store.listObjects()).map(({name}) => name)).toEqual(['winner'])
    expect(await store.fetchObject(loser)).toBeUndefined()
  })

  it('leave nothing behind in the broker', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    expect(await store.listObjects()).toEqual([])
    for (const object of ['a/1-?>~', 'a/2']) {
      await store.put(
        versionOf(`${object.length}.test`, {object, packed: 3_000_000}),
        randomBytes(3_000_000),
        0,
      )
    }
    const [one, two] = await store.listObjects()
    expect([one?.name, two?.name].sort()).toEqual(['a/1-?>~', 'a/2'])
    expect(Math.abs(Date.now() - (one?.modified ?? 0))).toBeLessThan(600_000)
    await store.dropObject('a/1-?>~')
    await store.dropObject('a/2')
    await store.dropObject('never there')
    const {jsm, names} = test.broker
    expect((await jsm.streams.info(names.largeStream)).state.messages).toBe(0)
  })

  it('that lost their chunks are told, not waited for', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const version = versionOf(ZONE, {object: 'hollow', packed: 1_000_000})
    await store.put(version, randomBytes(1_000_000), 0)
    const {jsm, names} = test.broker
    await jsm.streams.purge(names.largeStream, {filter: `$O.${names.largeBucket}.C.>`})
    expect(await store.fetchObject(version)).toBeUndefined()
    const abort = new AbortController()
    const fetching = store.fetchObject(version, abort.signal)
    abort.abort(new Error('enough'))
    await expect(fetching).rejects.toThrow('enough')
    const wrong = {...version, packed: 17}
    await expect(store.fetchObject(wrong)).rejects.toMatchObject({code: 'PDIST_MALFORMED_MESSAGE'})
  })
})
