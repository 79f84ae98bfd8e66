import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {LeaseStore} from '../../../src/lib/broker/lease-store.js'
import {type PauseRecord, Pauses} from '../../../src/lib/broker/pauses.js'
import {PresenceBoard} from '../../../src/lib/broker/presence.js'
import type {Heartbeat} from '../../../src/lib/zone/heartbeat.js'
import type {Pause} from '../../../src/lib/zone/pause.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {TestBroker} from './fixture.js'

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

const PAUSE: Pause = {since: 1_000_000, until: 1_060_000, reason: 'new disk', by: 'jo@host'}

describe('a pause', () => {
  it('is told at once, with what is left of it by the broker’s clock, and so is its end', async () => {
    await using test = await TestBroker.open(nats)
    const pauses = new Pauses(test.broker)
    const told: PauseRecord[] = []
    test.run(pauses.follow('ns1', listener(test), (record) => told.push(record)))
    await eventually(() => expect(told[0]).toEqual({state: 'absent'}))
    await pauses.put('ns2', PAUSE)
    await pauses.put('ns1', PAUSE)
    await eventually(() => expect(told.at(-1)).toMatchObject({state: 'paused', pause: PAUSE, revision: 2}))
    const {leftMs} = told.at(-1) as PauseRecord & {state: 'paused'}
    expect(leftMs).toBeGreaterThan(0)
    expect(leftMs).toBeLessThanOrEqual(60_000)
    await expect(pauses.end('ns1', 1)).rejects.toThrow()
    await pauses.end('ns1', 2)
    await eventually(() => expect(told.at(-1)).toMatchObject({state: 'ended'}))
    expect(await pauses.look('ns2', test.onMalformed)).toMatchObject({state: 'paused', pause: PAUSE})
  })

  it('has its time go on while nobody follows it', async () => {
    await using test = await TestBroker.open(nats)
    const pauses = new Pauses(test.broker)
    await pauses.put('ns1', {...PAUSE, until: PAUSE.since + 1})
    // As the syncer of that name does.
    const holder = {id: 'i', session: 's', host: 'h', pid: 1}
    const leases = new LeaseStore(test.broker, 5000)
    let revision = 0
    await eventually(async () => {
      revision = (await leases.take('syncer-ns1', holder, revision)) ?? revision
      const record = await pauses.look('ns1', test.onMalformed)
      expect(record.state === 'paused' && record.leftMs).toBeLessThanOrEqual(0)
    })
  })

  it('can be written again where it is lost, but not over what somebody wrote since', async () => {
    await using test = await TestBroker.open(nats)
    const pauses = new Pauses(test.broker)
    const look = () => pauses.look('ns1', test.onMalformed)
    await pauses.restore('ns1', PAUSE)
    expect(await look()).toMatchObject({pause: PAUSE})
    await pauses.end('ns1')
    await expect(pauses.restore('ns1', PAUSE)).rejects.toThrow()
    await pauses.forget('ns1')
    expect(await look()).toEqual({state: 'absent'})
    await pauses.restore('ns1', PAUSE)
    expect(await look()).toMatchObject({pause: PAUSE})
  })

  it('that cannot be read is none, since nobody could end it', async () => {
    await using test = await TestBroker.open(nats)
    await test.broker.js.publish(test.broker.names.paused('ns1'), 'garbage')
    const record = await new Pauses(test.broker).look('ns1', test.onMalformed)
    expect([record.state, test.malformed.length]).toEqual(['ended', 1])
  })
})

function listener({onMalformed, signal}: TestBroker) {
  return {onMalformed, onTrouble: onMalformed, signal}
}

describe('a secondary that is forgotten', () => {
  const heartbeat: Heartbeat = {
    ...{secondary: 'ns1', state: 'warning', pdist: '1', powerdns: '4', node: 'v24', zones: 1, pending: 0},
    ...{lag: 0, load: 0, warnings: [], problems: [], problemCount: 0, startedAt: 1, paused: PAUSE},
  }

  it('is in no list any more', async () => {
    await using test = await TestBroker.open(nats)
    const board = new PresenceBoard(test.broker)
    for (const secondary of ['ns1', 'ns2']) await board.beat({...heartbeat, secondary})
    expect(await board.last('ns1')).toEqual(heartbeat)
    await board.forget('ns1')
    expect(await board.last('ns1')).toBeUndefined()
    const list = await board.list(test.signal, test.onMalformed)
    expect(list.map(({secondary, paused}) => [secondary, paused])).toEqual([['ns2', PAUSE]])
    expect(test.malformed).toEqual([])
  })
})
