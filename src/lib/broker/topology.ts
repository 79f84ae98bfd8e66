import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream'
import {nanos} from 'nats'
import type {Broker} from './connection.js'
import {BrokerSetupError, isDenied} from './errors.js'
import type {BrokerNames} from './names.js'

export interface TopologyOptions {
  /** How many servers of a cluster hold each stream: 1, 3 or 5. */
  replicas: number
  /** How long events, and what was told about them, are kept, in milliseconds. */
  eventsKeptMs: number
}

/** One stream or bucket: what `setUpBroker` did to it, and which settings it changed. */
export interface TopologyChange {
  name: string
  action: 'created' | 'updated' | 'unchanged'
  settings: Record<string, {from: unknown; to: unknown}>
}

type Wanted = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects'>

/** Of each secondary about each zone, however often that changes. */
const REPORTS_KEPT = 100

const STREAM_NOT_FOUND = 10059
const NAME_IN_USE = 10058

/** Everything that pdist keeps in JetStream, as data. Buckets are streams too, so one loop sets up all of it. */
export function wantedStreams(names: BrokerNames, {replicas, eventsKeptMs}: TopologyOptions): Wanted[] {
  const common = {
    num_replicas: replicas,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
  } as const
  const bucket = (name: string, more: Partial<StreamConfig> = {}): Wanted => ({
    ...common,
    name: `KV_${name}`,
    subjects: [`$KV.${name}.>`],
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_direct: true,
    ...more,
  })
  return [
    {
      ...common,
      name: names.eventStream,
      subjects: [names.event('*', '>')],
      max_age: nanos(eventsKeptMs),
      discard: DiscardPolicy.Old,
      duplicate_window: nanos(Math.min(eventsKeptMs, 120_000)),
    },
    {
      ...common,
      name: names.historyStream,
      subjects: [names.provided('>'), names.receipt('*', '>')],
      max_age: nanos(eventsKeptMs),
      max_msgs_per_subject: REPORTS_KEPT,
      discard: DiscardPolicy.Old,
      duplicate_window: nanos(Math.min(eventsKeptMs, 120_000)),
    },
    bucket(names.zoneBucket),
    bucket(names.secondaryBucket),
    bucket(names.controlBucket),
    bucket(names.leaseBucket, {max_age: nanos(30_000), duplicate_window: nanos(30_000)}),
    {
      ...common,
      name: `OBJ_${names.largeBucket}`,
      subjects: [`$O.${names.largeBucket}.C.>`, `$O.${names.largeBucket}.M.>`],
      discard: DiscardPolicy.New,
      allow_rollup_hdrs: true,
      allow_direct: true,
    },
  ]
}

/** Creates what is missing and updates what differs; what an operator set beyond our settings stays. */
export async function setUpBroker(broker: Broker, options: TopologyOptions): Promise<TopologyChange[]> {
  const changes: TopologyChange[] = []
  for (const wanted of wantedStreams(broker.names, options)) changes.push(await ensure(broker, wanted))
  return changes
}

/**
 * Like `setUpBroker`, but touches nothing that exists: what a daemon does that finds streams missing. A daemon that may not make
 * them, as those of a secondary, leaves that to others.
 */
export async function createMissing(broker: Broker, options: TopologyOptions): Promise<TopologyChange[]> {
  const changes: TopologyChange[] = []
  if (!broker.mayMakeStreams) return changes
  try {
    for (const wanted of wantedStreams(broker.names, options)) {
      if ((await currentConfig(broker, wanted.name)) === undefined) changes.push(await create(broker, wanted))
    }
  } catch (error) {
    if (!(error instanceof BrokerSetupError && isDenied(error.cause))) throw error
    broker.mayMakeStreams = false
  }
  return changes
}

/** A stream as the broker has it; undefined where it has none of this name. Rejects with BrokerSetupError. */
export async function streamInfo(broker: Broker, name: string): Promise<StreamInfo | undefined> {
  try {
    return await broker.jsm.streams.info(name)
  } catch (cause) {
    if (hasCode(cause, STREAM_NOT_FOUND)) return undefined
    throw setupError(name, cause)
  }
}

async function ensure(broker: Broker, wanted: Wanted): Promise<TopologyChange> {
  const current = await currentConfig(broker, wanted.name)
  if (!current) return create(broker, wanted)
  const settings = differences(current, wanted)
  if (Object.keys(settings).length === 0) return {name: wanted.name, action: 'unchanged', settings}
  try {
    await broker.jsm.streams.update(wanted.name, {...current, ...wanted})
  } catch (cause) {
    throw setupError(wanted.name, cause)
  }
  return {name: wanted.name, action: 'updated', settings}
}

async function create(broker: Broker, wanted: Wanted): Promise<TopologyChange> {
  try {
    await broker.jsm.streams.add(wanted)
  } catch (cause) {
    // Another daemon was first: what it made is what we wanted.
    if (!hasCode(cause, NAME_IN_USE)) throw setupError(wanted.name, cause)
  }
  return {name: wanted.name, action: 'created', settings: {}}
}

async function currentConfig(broker: Broker, name: string): Promise<StreamConfig | undefined> {
  return (await streamInfo(broker, name))?.config
}

/** Only settings that are wanted count; an absent one and `false` are the same. */
export function differences(current: StreamConfig, wanted: Wanted): TopologyChange['settings'] {
  const settings: TopologyChange['settings'] = {}
  for (const [key, to] of Object.entries(wanted)) {
    const from = current[key as keyof StreamConfig] ?? false
    if (JSON.stringify(from) !== JSON.stringify(to)) settings[key] = {from, to}
  }
  return settings
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code
}

function setupError(name: string, cause: unknown): BrokerSetupError {
  const words = cause instanceof Error ? cause.message : String(cause)
  return new BrokerSetupError(`the stream ${name} cannot be set up: ${words}`, {
    cause,
    hints: [
      'Start nats-server with JetStream (`jetstream {}` in its configuration)',
      '`broker.replicas` needs as many servers in the cluster',
    ],
  })
}
