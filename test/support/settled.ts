import {expect} from 'vitest'
import {Broker} from '../../src/lib/broker/connection.js'
import type {ApiClient} from './api-client.js'
import {eventually} from './eventually.js'
import type {TestSystem} from './system.js'

const SETTLED_WITHIN_MS = 90_000

/** A connection of the test's own to the lab's broker; that of the operator where it knows roles. */
export function openBroker({lab}: TestSystem): Promise<Broker> {
  const {nats, brokerFiles} = lab.endpoints
  return Broker.connect({
    servers: [nats.url],
    prefix: 'pdist',
    // The name of its role is in what the operator may be answered under.
    clientName: brokerFiles ? 'operator' : 'test',
    requestTimeoutMs: 5_000,
    insecure: false,
    ...brokerFiles,
  })
}

/**
 * Waits until nothing is under way: every change is published, every event answered, every state proved by every
 * secondary. What is not right then will not become right by itself.
 */
export async function settled(system: TestSystem): Promise<void> {
  await eventually(
    async () => expect(await system.metric('api-proxy', 'pdist_pending_intents')).toBe(0),
    SETTLED_WITHIN_MS,
  )
  const broker = await openBroker(system)
  try {
    const {names} = broker
    // In the order of a change's way: what one stage has settled, the next one has.
    await drained(broker, names.eventStream, names.providerConsumer)
    for (const {name} of system.secondaries)
      await drained(broker, names.zoneStream, names.syncerConsumer(name))
  } finally {
    await broker.close()
  }
}

/** All zones with their serials, as a server's API tells them. */
export async function zonesOf(api: ApiClient): Promise<Record<string, number>> {
  const zones = (await api.call('GET', '/zones?dnssec=false')) as Array<{name: string; serial: number}>
  return Object.fromEntries(zones.map(({name, serial}) => [name, serial]))
}

/** Waits until every secondary has the primary's zones with their serials, and no other: as the primary has them by then. */
export async function sameEverywhere(system: TestSystem): Promise<void> {
  await eventually(async () => {
    const wanted = await zonesOf(system.primary.api)
    const found = await Promise.all(system.secondaries.map(({api}) => zonesOf(api)))
    for (const [i, {name}] of system.secondaries.entries()) expect(found[i], name).toEqual(wanted)
  }, SETTLED_WITHIN_MS)
}

async function drained({jsm}: Broker, stream: string, consumer: string): Promise<void> {
  await eventually(async () => {
    const {num_pending, num_ack_pending} = await jsm.consumers.info(stream, consumer)
    expect({consumer, waiting: num_pending, underWay: num_ack_pending}).toEqual({
      consumer,
      waiting: 0,
      underWay: 0,
    })
  }, SETTLED_WITHIN_MS)
}
