import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {createMissing, setUpBroker} from '../../../src/lib/broker/topology.js'
import {NatsProcess} from '../../support/nats-process.js'
import {optionsFor, TestBroker, TOPOLOGY} from './fixture.js'

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

describe('setting up the broker', () => {
  it('makes all of it once', async () => {
    const broker = await Broker.connect(optionsFor(nats, {prefix: 'once'}))
    const made = await setUpBroker(broker, TOPOLOGY)
    expect(made.map(({name, action}) => `${action} ${name}`)).toEqual([
      'created once-events',
      'created once-history',
      'created KV_once-zones',
      'created KV_once-secondaries',
      'created KV_once-control',
      'created KV_once-leases',
      'created OBJ_once-large',
    ])
    const again = await setUpBroker(broker, TOPOLOGY)
    expect(new Set(again.map(({action}) => action))).toEqual(new Set(['unchanged']))
    expect(await createMissing(broker, TOPOLOGY)).toEqual([])
    await broker.close()
  })

  it('shows and mends what differs, and leaves what an operator added', async () => {
    await using test = await TestBroker.open(nats)
    const {jsm, names} = test.broker
    const {config} = await jsm.streams.info(names.eventStream)
    await jsm.streams.update(names.eventStream, {...config, max_msgs: 5_000_000})
    const changes = await setUpBroker(test.broker, {...TOPOLOGY, eventsKeptMs: 172_800_000})
    const settings = {max_age: {from: 86_400_000 * 1e6, to: 172_800_000 * 1e6}}
    expect(changes.filter(({action}) => action !== 'unchanged')).toEqual([
      {name: names.eventStream, action: 'updated', settings},
      {name: names.historyStream, action: 'updated', settings},
    ])
    expect((await jsm.streams.info(names.eventStream)).config).toMatchObject({
      max_msgs: 5_000_000,
      max_age: 172_800_000 * 1e6,
    })
  })

  it('makes only what is missing when a daemon does it, also two at the same time', async () => {
    await using test = await TestBroker.open(nats)
    const {jsm, names} = test.broker
    await Promise.all([jsm.streams.delete(names.zoneStream), jsm.streams.delete(names.largeStream)])
    const other = {...TOPOLOGY, eventsKeptMs: 1_000_000}
    await Promise.all([createMissing(test.broker, other), createMissing(test.broker, other)])
    const {config} = await jsm.streams.info(names.eventStream)
    expect(config.max_age).toBe(TOPOLOGY.eventsKeptMs * 1e6)
    expect(await createMissing(test.broker, other)).toEqual([])
  })

  it('says what is wrong where it cannot be made', async () => {
    const broker = await Broker.connect(optionsFor(nats, {prefix: 'cluster'}))
    await expect(setUpBroker(broker, {...TOPOLOGY, replicas: 3})).rejects.toMatchObject({
      code: 'PDIST_BROKER_SETUP',
      message: expect.stringContaining('cluster-events'),
    })
    await broker.close()
  })
})
