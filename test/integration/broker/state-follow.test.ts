import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {followStates, type StateFollower} from '../../../src/lib/broker/state-follow.js'
import {ZoneStore} from '../../../src/lib/broker/zone-store.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {StorePicture} from '../../../src/lib/sync/compare/store-picture.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {tombstoneOf, versionOf} from '../../support/versions.js'
import {TestBroker} from './fixture.js'

const body = Buffer.from('packed messages')
const [A, B] = [zoneName('a.test'), zoneName('b.test')]

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

function follow(test: TestBroker, follower: StateFollower = new StorePicture()): StorePicture {
  const picture = new StorePicture()
  const both: StateFollower = {
    onReset: (created) => [picture, follower].forEach((each) => void each.onReset(created)),
    onState: (state) => [picture, follower].forEach((each) => void each.onState(state)),
    onUnreadable: (...lost) => [picture, follower].forEach((each) => void each.onUnreadable(...lost)),
    onCaughtUp: () => [picture, follower].forEach((each) => void each.onCaughtUp()),
  }
  test.run(followStates(test.broker, test.feed, both))
  return picture
}

describe('whoever follows the states', () => {
  it('has a whole picture of an empty store', async () => {
    await using test = await TestBroker.open(nats)
    const picture = follow(test)
    await eventually(() => expect(picture.complete).toBe(true))
    expect([picture.versions, picture.revision]).toEqual([0, 0])
  })

  it('is told of all that there is, and of all that comes', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const zones = Array.from({length: 10_000}, (_, i) => `zone-${i}.test`)
    for (let i = 0; i < zones.length; i += 2000) {
      await Promise.all(zones.slice(i, i + 2000).map((zone) => store.put(versionOf(zone), body, 0)))
    }
    const picture = follow(test)
    await eventually(() => expect(picture.complete).toBe(true))
    expect(picture.versions).toBe(10_000)
    const fields = {records: 7, fingerprint: {serial: 2 ** 32 - 1, signatures: []}}
    const first = await store.put(versionOf(A, fields), body, 0)
    const pictured = {kind: 'version', revision: first, records: 7, serial: 2 ** 32 - 1}
    await eventually(() => expect(picture.get(A)).toMatchObject({...pictured, fingerprint: '4294967295'}))
    const second = await store.bury(tombstoneOf(A), first)
    await eventually(() => expect(picture.get(A)).toMatchObject({kind: 'tombstone', revision: second}))
    expect([picture.versions, picture.tombstones, picture.revision]).toEqual([10_000, 1, second])
    picture.forgetTombstones(tombstoneOf(A).at)
    expect(picture.tombstones).toBe(1)
    picture.forgetTombstones(tombstoneOf(A).at + 1)
    expect([picture.versions, picture.tombstones]).toEqual([10_000, 0])
  })

  it('has no state of a zone whose newest message is none of ours', async () => {
    await using test = await TestBroker.open(nats)
    const store = new ZoneStore(test.broker)
    const picture = follow(test)
    await store.put(versionOf(A), body, 0)
    await store.put(versionOf(B), body, 0)
    await eventually(() => expect(picture.versions).toBe(2))
    const {js, names} = test.broker
    await js.publish(names.zone('>').replace('>', 'a.test'), 'garbage')
    const {seq} = await js.publish(names.zone('>').replace('>', 'NO=KEY'), 'garbage')
    const last = await store.put(versionOf('c.test'), body, 0)
    await eventually(() => expect(picture.revision).toBe(last))
    expect([picture.get(A), picture.get(B)?.kind, picture.versions]).toEqual([undefined, 'version', 2])
    expect(test.malformed).toHaveLength(2)
    expect(last).toBeGreaterThan(seq)
  })

  it('starts over after the broker was restarted, and after it was wiped', async () => {
    await using server = await NatsProcess.start()
    await using test = await TestBroker.open(server)
    const store = new ZoneStore(test.broker)
    await store.put(versionOf(A), body, 0)
    const told = {resets: [] as string[], caughtUp: 0}
    const counting: StateFollower = {
      onReset: (created) => told.resets.push(created),
      onState: () => undefined,
      onUnreadable: () => undefined,
      onCaughtUp: () => told.caughtUp++,
    }
    const picture = follow(test, counting)
    await eventually(() => expect(picture.get(A)?.kind).toBe('version'))
    await server.restart()
    await eventually(() => expect(told.caughtUp).toBeGreaterThan(1))
    expect(new Set(told.resets).size).toBe(1)
    await eventually(() => expect(picture.get(A)?.kind).toBe('version'))
    await server.restart({wiped: true})
    await eventually(() => expect([picture.complete, picture.versions]).toEqual([true, 0]))
    await eventually(async () => {
      await store.put(versionOf(B), body, picture.get(B)?.revision ?? 0)
      expect(picture.get(B)?.kind).toBe('version')
    })
    expect(new Set(told.resets).size).toBe(2)
    expect(picture.streamCreated).toBe(told.resets.at(-1))
  })

  it('ends at once when aborted, also where it has not begun', async () => {
    await using test = await TestBroker.open(nats)
    const abort = new AbortController()
    const picture = new StorePicture()
    const begin = () => followStates(test.broker, {...test.feed, signal: abort.signal}, picture)
    const running = begin()
    await eventually(() => expect(picture.complete).toBe(true))
    abort.abort()
    await Promise.all([running, begin()])
    expect(test.restarts).toEqual([])
  })
})
