import {type ConsumerInfo, JetStreamApiError, type StreamInfo} from '@nats-io/jetstream'
import type {Broker} from './connection.js'
import {BrokerSetupError, isDenied} from './errors.js'
import {ownConsumer} from './messages.js'
import type {BrokerNames} from './names.js'
import {differences, streamInfo, type TopologyOptions, wantedStreams} from './topology.js'

/** A stream as it is, compared with how `setUpBroker` would make it. */
export interface InspectedStream {
  name: string
  state: 'as wanted' | 'differs' | 'missing'
  /** The settings that differ. */
  settings: Record<string, {from: unknown; to: unknown}>
  messages: number
  bytes: number
  /** Absent: unlimited. */
  maxBytes?: number
  replicas: number
  /** Absent on a single server. */
  cluster?: {leader?: string; lagging: string[]; offline: string[]}
}

/** A durable consumer of one of the streams. */
export interface InspectedConsumer {
  stream: string
  name: string
  reader: {kind: 'zone-providers'} | {kind: 'secondary'; secondary: string} | {kind: 'stranger'}
  /** Not delivered yet. */
  pending: number
  /** Delivered, and not settled yet. */
  unsettled: number
  /** Whether somebody asks for messages at this moment. */
  read: boolean
}

/** What the account of this login has and may have; absent limits are unlimited. */
export interface AccountUse {
  storage: number
  storageLimit?: number
  streams: number
  streamLimit?: number
}

const STREAM_NOT_FOUND = 10059

/** All streams and buckets, without changing any. Rejects with BrokerSetupError. */
export async function inspectStreams(broker: Broker, options: TopologyOptions): Promise<InspectedStream[]> {
  return Promise.all(
    wantedStreams(broker.names, options).map(async (wanted) => {
      const info = await streamInfo(broker, wanted.name)
      if (!info) {
        return {
          name: wanted.name,
          state: 'missing',
          settings: {},
          messages: 0,
          bytes: 0,
          replicas: 0,
        } as const
      }
      const settings = differences(info.config, wanted)
      const state = Object.keys(settings).length === 0 ? 'as wanted' : 'differs'
      return {name: wanted.name, state, settings, ...sizesOf(info)} as const
    }),
  )
}

/** The durable consumers of events and zones; none of a stream that is missing. */
export async function inspectConsumers(broker: Broker): Promise<InspectedConsumer[]> {
  const {names} = broker
  const all = await Promise.all(
    [names.eventStream, names.zoneStream].map((stream) => consumersOf(broker, stream)),
  )
  return all
    .flat()
    .filter(({config}) => config.durable_name !== undefined)
    .map((info) => ({
      stream: info.stream_name,
      name: info.name,
      reader: readerOf(names, info.name),
      pending: info.num_pending,
      unsettled: info.num_ack_pending,
      read: info.num_waiting > 0,
    }))
}

/** Undefined where this login may not ask for it. Rejects with BrokerSetupError where JetStream is not enabled for it. */
export async function accountUse({jsm}: Broker): Promise<AccountUse | undefined> {
  try {
    const {storage, streams, limits} = await jsm.getAccountInfo()
    return {
      storage,
      streams,
      ...(limits.max_storage > 0 ? {storageLimit: limits.max_storage} : {}),
      ...(limits.max_streams > 0 ? {streamLimit: limits.max_streams} : {}),
    }
  } catch (cause) {
    if (isDenied(cause)) return undefined
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new BrokerSetupError(`the broker has no JetStream for this login: ${words}`, {cause})
  }
}

/** How much the broker's clock is ahead of ours, and by how much that may be wrong. Rejects where this login may not ask. */
export async function brokerClock(broker: Broker): Promise<{aheadMs: number; uncertainMs: number}> {
  const {jsm, names} = broker
  const asked = Date.now()
  const {ts} = await jsm.streams.info(names.zoneStream)
  // Before nats-server 2.10 an answer has no time.
  return ts === undefined ? clockByConsumer(broker) : offset(Date.parse(ts), asked, Date.now())
}

/** The broker stamps the consumer that we make with its own time. */
async function clockByConsumer(broker: Broker): Promise<{aheadMs: number; uncertainMs: number}> {
  const {names} = broker
  const asked = Date.now()
  const consumer = await ownConsumer(broker, names.secondaryStream, {filter_subjects: names.secondary('_')})
  const answered = Date.now()
  try {
    return offset(Date.parse((await consumer.info(true)).created), asked, answered)
  } finally {
    await consumer.delete().catch(() => undefined)
  }
}

function offset(theirs: number, asked: number, answered: number) {
  return {
    aheadMs: Math.round(theirs - (asked + answered) / 2),
    uncertainMs: Math.ceil((answered - asked) / 2),
  }
}

/** Whether this login may listen to the answers to what it asks, under the name by which it is connected. */
export async function mayListen({jsm, names}: Broker): Promise<boolean> {
  try {
    await jsm.streams.info(names.zoneStream)
    return true
  } catch (error) {
    return !isDenied(error)
  }
}

/** Whether this login may delete streams, tried with one that does not exist. */
export async function mayDeleteStreams({jsm, names}: Broker): Promise<boolean> {
  try {
    return await jsm.streams.delete(`${names.prefix}-not-there`)
  } catch (error) {
    return error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND
  }
}

function sizesOf({config, state, cluster}: StreamInfo) {
  const replicas = cluster?.replicas ?? []
  return {
    messages: state.messages,
    bytes: state.bytes,
    ...(config.max_bytes > 0 ? {maxBytes: config.max_bytes} : {}),
    replicas: config.num_replicas,
    ...(cluster
      ? {
          cluster: {
            ...(cluster.leader ? {leader: cluster.leader} : {}),
            lagging: replicas.filter(({current, offline}) => !current && !offline).map(({name}) => name),
            offline: replicas.filter(({offline}) => offline).map(({name}) => name),
          },
        }
      : {}),
  }
}

async function consumersOf({jsm}: Broker, stream: string): Promise<ConsumerInfo[]> {
  try {
    const consumers: ConsumerInfo[] = []
    for await (const info of jsm.consumers.list(stream)) consumers.push(info)
    return consumers
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return []
    throw error
  }
}

function readerOf(names: BrokerNames, consumer: string): InspectedConsumer['reader'] {
  if (consumer === names.providerConsumer) return {kind: 'zone-providers'}
  const ofSecondary = names.syncerConsumer('')
  return consumer.startsWith(ofSecondary)
    ? {kind: 'secondary', secondary: consumer.slice(ofSecondary.length)}
    : {kind: 'stranger'}
}
