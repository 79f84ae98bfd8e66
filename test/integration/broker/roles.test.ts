import {JetStreamApiError} from '@nats-io/jetstream'
import {errors} from 'nats'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {isDenied} from '../../../src/lib/broker/errors.js'
import {setUpMirror} from '../../../src/lib/broker/mirror.js'
import {setUpBroker} from '../../../src/lib/broker/topology.js'
import {makeConsumers} from '../../../src/lib/broker/zone-feed.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {Lab} from '../../../src/lib/lab/lab.js'
import {zoneKey} from '../../../src/lib/zone/key.js'
import {TOPOLOGY} from './fixture.js'

const ZONE = zoneName('example.test')
const ROLES = ['primary', 'operator', 'ns1'] as const
type Role = (typeof ROLES)[number]
/** Names by which the roles' daemons and commands connect. */
const CLIENTS = {primary: 'zone-provider', operator: 'operator', ns1: 'syncer-ns1'} as const
const KEYS = {primary: 'primary', operator: 'operator', ns1: 'secondary-ns1'} as const

let lab: Lab
const brokers = new Map<Role, Broker>()

beforeAll(async () => {
  const options = {secondaries: 2, backend: 'gsqlite3', ipv6: false, cache: true, restart: false} as const
  lab = await Lab.start({...options, daemons: false, tls: true})
  for (const role of ROLES) brokers.set(role, await connectAs(role))
  await setUpBroker(as('primary'), TOPOLOGY)
  const broker = as('primary')
  await makeConsumers(broker, broker.zones, ['ns1', 'ns2'])
  await setUpMirror(as('operator'), 'near', {replicas: 1, evenIfItStops: true})
  await makeConsumers(broker, await broker.zonesOf({name: 'near'}), ['ns1', 'ns2'])
})
afterAll(async () => {
  await Promise.all([...brokers.values()].map((broker) => broker.close()))
  await lab?.stop()
})

function connectAs(role: Role, fields: object = {}): Promise<Broker> {
  const {dir, nats} = lab.endpoints
  return Broker.connect({
    servers: [nats.url],
    prefix: 'pdist',
    clientName: CLIENTS[role],
    requestTimeoutMs: 5000,
    insecure: false,
    caFile: `${dir}/broker/ca.pem`,
    nkeyFile: `${dir}/broker/${KEYS[role]}.nkey`,
    ...fields,
  })
}

function as(role: Role): Broker {
  const broker = brokers.get(role)
  if (!broker) throw new Error(`${role} is not connected`)
  return broker
}

type Action = (broker: Broker) => Promise<unknown>

const publish =
  (subject: (names: Broker['names']) => string): Action =>
  ({publisher, names}) =>
    publisher.publish(subject(names), Buffer.from('{}'))
const listen =
  (subject: (names: Broker['names']) => string): Action =>
  async ({nc, names}) => {
    let denied: Error | undefined
    const callback = (error: Error | null) => {
      denied ??= error ?? undefined
    }
    const subscription = nc.subscribe(subject(names), {callback})
    await nc.flush()
    subscription.unsubscribe()
    if (denied) throw denied
  }
const ask =
  (subject: (names: Broker['names']) => string, body = '{}'): Action =>
  ({nc, names}) =>
    nc.request(subject(names), body, {timeout: 300})
const api = (path: (names: Broker['names']) => string, body?: string): Action =>
  ask((names) => `$JS.API.${path(names)}`, body)
const readLast =
  (stream: (names: Broker['names']) => string, subject: (names: Broker['names']) => string): Action =>
  ({jsm, names}) =>
    jsm.direct.getMessage(stream(names), {last_by_subj: subject(names)})

const noFilter = JSON.stringify({filter: 'no.such.subject'})
const ephemeral = (deliver: string) =>
  JSON.stringify({stream_name: 'KV_pdist-zones', config: {deliver_subject: deliver, ack_policy: 'none'}})

/** What is tried, and who may. */
const TABLE: ReadonlyArray<[action: string, who: readonly Role[], Action]> = [
  [
    'read a zone',
    ['primary', 'operator', 'ns1'],
    readLast(
      (n) => n.zoneStream,
      (n) => n.zone(zoneKey(ZONE)),
    ),
  ],
  [
    'read a large zone',
    ['primary', 'operator', 'ns1'],
    readLast(
      (n) => n.largeStream,
      (n) => n.largeNote('x'),
    ),
  ],
  ['write a zone', ['primary'], publish((n) => n.zone(zoneKey(ZONE)))],
  ['write a large zone', ['primary'], publish((n) => `$O.${n.largeBucket}.C.x`)],
  ['remove zones', ['primary'], api((n) => `STREAM.PURGE.${n.zoneStream}`, noFilter)],
  ['delete the zone store', [], api(() => 'STREAM.DELETE.no-such-stream')],
  ['publish a change', ['primary'], publish((n) => n.event('modified', ZONE))],
  ['publish a push', ['primary', 'operator'], publish((n) => n.event('refresh', ZONE))],
  ['read the events', ['primary', 'operator'], api((n) => `CONSUMER.CREATE.${n.eventStream}`)],
  ['tell of a provision', ['primary'], publish((n) => n.provided(ZONE))],
  ['announce a version', ['primary'], ask((n) => n.announced(ZONE))],
  ['hear announcements', ['ns1'], listen((n) => n.announced('>'))],
  ['prove as ns1', ['ns1'], publish((n) => n.receipt('ns1', ZONE))],
  ['prove as ns2', [], publish((n) => n.receipt('ns2', ZONE))],
  ['beat as ns1', ['ns1'], publish((n) => n.secondary('ns1'))],
  ['beat as ns2', [], publish((n) => n.secondary('ns2'))],
  [
    'read heartbeats',
    ['primary', 'operator'],
    readLast(
      (n) => n.secondaryStream,
      (n) => n.secondary('ns1'),
    ),
  ],
  ['consume as ns1', ['primary', 'operator', 'ns1'], consumeAs('ns1')],
  ['consume as ns2', ['primary', 'operator'], consumeAs('ns2')],
  ['make a consumer', ['primary', 'operator'], api((n) => `CONSUMER.CREATE.${n.zoneStream}`, '{}')],
  [
    'have zones delivered where one may not write',
    ['primary', 'operator'],
    api((n) => `CONSUMER.CREATE.${n.zoneStream}`, ephemeral('pdist.nowhere')),
  ],
  [
    'read a zone from a mirror',
    ['primary', 'operator', 'ns1'],
    readLast(
      (n) => n.mirrorStream('near'),
      (n) => n.zone(zoneKey(ZONE)),
    ),
  ],
  [
    'consume a mirror as ns1',
    ['primary', 'operator', 'ns1'],
    consumeAs('ns1', (n) => n.mirrorStream('near')),
  ],
  ['consume a mirror as ns2', ['primary', 'operator'], consumeAs('ns2', (n) => n.mirrorStream('near'))],
  [
    'make a consumer of a mirror in another domain',
    ['primary', 'operator'],
    ask((n) => `$JS.far.API.CONSUMER.CREATE.${n.mirrorStream('near')}`),
  ],
  ['make a consumer in another domain', [], ask((n) => `$JS.far.API.CONSUMER.CREATE.${n.zoneStream}`)],
  ['beat as ns1 from another domain', ['ns1'], ask((n) => `$JS.hub.API.${n.secondary('ns1')}`)],
  ['beat as ns2 from another domain', [], ask((n) => `$JS.hub.API.${n.secondary('ns2')}`)],
  ['write a zone from another domain', ['primary'], ask((n) => `$JS.hub.API.${n.zone(zoneKey(ZONE))}`)],
  ['command ns1', ['primary', 'operator'], ask((n) => n.command('ns1'))],
  ['answer for ns1', ['ns1'], listen((n) => n.command('ns1'))],
  ['answer for ns2', [], listen((n) => n.command('ns2'))],
  [
    'read the leases',
    ['primary', 'operator'],
    readLast(
      (n) => n.leaseStream,
      (n) => n.lease('health-checker'),
    ),
  ],
  ['hold the lease of ns1', ['ns1'], publish((n) => n.lease('syncer-ns1'))],
  ['hold the lease of ns2', [], publish((n) => n.lease('syncer-ns2'))],
  ['lead', ['primary'], publish((n) => n.lease('health-checker'))],
  [
    'read plans',
    ['primary', 'operator'],
    readLast(
      (n) => n.controlStream,
      (n) => n.plan('x'),
    ),
  ],
  ['decide a plan', ['primary', 'operator'], publish((n) => n.plan('x'))],
  ['pause ns1', ['operator', 'ns1'], publish((n) => n.paused('ns1'))],
  ['pause ns2', ['operator'], publish((n) => n.paused('ns2'))],
  ['hear that ns1 is paused', ['ns1'], listen((n) => n.paused('ns1'))],
  [
    'read whether ns1 is paused',
    ['primary', 'operator', 'ns1'],
    readLast(
      (n) => n.controlStream,
      (n) => n.paused('ns1'),
    ),
  ],
  ['call the roll', ['operator'], ask((n) => n.rollCall)],
  ['overhear the answers to the zone-provider', ['primary'], listen(() => '_INBOX_zone-provider.>')],
  ['overhear everything', [], listen(() => '>')],
]

function consumeAs(secondary: string, stream = (n: Broker['names']) => n.zoneStream): Action {
  const body = JSON.stringify({batch: 1, no_wait: true})
  return api((n) => `CONSUMER.MSG.NEXT.${stream(n)}.${n.syncerConsumer(secondary)}`, body)
}

async function isAllowed(action: Action, broker: Broker): Promise<boolean> {
  try {
    await action(broker)
    return true
  } catch (error) {
    if (isDenied(error)) return false
    // A denial is told at once. What is allowed may fail, or have no answer.
    const failed = [JetStreamApiError, errors.RequestError, errors.TimeoutError].some(
      (kind) => error instanceof kind,
    )
    if (failed) return true
    throw error
  }
}

describe('with the files of `pdist broker setup --roles`', () => {
  it.each(TABLE)('%s: %j, and nobody else', async (_, who, action) => {
    const allowed: Role[] = []
    for (const role of ROLES) if (await isAllowed(action, as(role))) allowed.push(role)
    expect(allowed).toEqual(who)
  })

  it('nobody connects without TLS, without a key, or with a key that is not known', async () => {
    const {nats} = lab.endpoints
    const plain = {servers: [nats.url.replace('tls:', 'nats:')], insecure: true, caFile: undefined}
    const unknown = {code: 'PDIST_BROKER_UNAVAILABLE'}
    await expect(connectAs('primary', {...plain, nkeyFile: undefined})).rejects.toMatchObject(unknown)
    await expect(connectAs('primary', {nkeyFile: undefined})).rejects.toMatchObject(unknown)
    await expect(connectAs('primary', {caFile: undefined})).rejects.toMatchObject(unknown)
  })
})
