import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  StorageType,
  type StreamInfo,
} from '@nats-io/jetstream'
import {sleep} from '../async/abort.js'
import type {MirrorName} from '../zone/heartbeat.js'
import type {Broker, ZoneSource} from './connection.js'
import {BrokerSetupError} from './errors.js'
import type {TopologyChange} from './topology.js'

/** How a mirror stands to the zone store. */
export interface MirrorState {
  stream: string
  /**
   * `older`: the store was made anew, and the mirror is still of the one before; nothing comes into it any more. `empty`: it has
   * nothing of what the store has. Both are for good: it has to be removed and made anew.
   */
  state: 'missing' | 'older' | 'empty' | 'follows'
  /** Revisions of the store that it has not got yet. */
  behind: number
}

/**
 * Before it (nats-server's pull request 6961), a mirror checks again what a writer expected to replace, and stops for good at the
 * first message of which it missed the predecessor: all that pdist writes is written so.
 */
const SINCE = [2, 12] as const

export interface MirrorOptions {
  replicas: number
  /** Takes a server whose mirrors stop as soon as they miss something: for a lab, where they miss nothing. */
  evenIfItStops?: boolean
}

/** What a new mirror may take until the first message is in it. */
const BEGUN_WITHIN_MS = 5000
const TRIES = 3

/**
 * Makes the mirror of this name where it is missing, kept by the server (or the cluster) that we are connected to. Rejects with
 * BrokerSetupError, also where there is one that has to be removed first.
 */
export async function setUpMirror(
  broker: Broker,
  name: string,
  {replicas, evenIfItStops = false}: MirrorOptions,
): Promise<TopologyChange> {
  if (!evenIfItStops) checkVersion(broker)
  const source = await broker.zonesOf({name})
  const {stream} = source
  const {state} = await mirrorState(broker, {name})
  if (state === 'follows') return {name: stream, action: 'unchanged', settings: {}}
  if (state !== 'missing') throw unusable(stream, state)
  for (let tries = 1; ; tries += 1) {
    await create(broker, source, replicas)
    if (await begins(broker, name)) return {name: stream, action: 'created', settings: {}}
    // It never begins where its first message was replaced just then.
    if (tries === TRIES) throw unusable(stream, 'empty')
    await source.jsm.streams.delete(stream).catch((cause: unknown) => {
      throw unusable(stream, 'empty', cause)
    })
  }
}

function checkVersion({serverVersion}: Broker): void {
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number)
  if (major > SINCE[0] || (major === SINCE[0] && minor >= SINCE[1])) return
  throw new BrokerSetupError(
    `nats-server ${serverVersion} cannot mirror the zone store: mirrors stop for good there`,
    {
      hints: [`Upgrade the server that is to have the mirror to ${SINCE.join('.')} or newer`],
    },
  )
}

function unusable(stream: string, state: 'older' | 'empty', cause?: unknown): BrokerSetupError {
  const why =
    state === 'older' ? 'mirrors a zone store that is gone' : 'gets nothing of what the zone store has'
  return new BrokerSetupError(`${stream} ${why}`, {
    cause,
    hints: [`Remove it with \`nats stream rm ${stream}\`, and run this again: syncers go on by themselves`],
  })
}

async function create({names}: Broker, {jsm, stream}: ZoneSource, replicas: number): Promise<void> {
  const external = names.domain === undefined ? {} : {external: {api: `$JS.${names.domain}.API`, deliver: ''}}
  try {
    await jsm.streams.add({
      name: stream,
      mirror: {name: names.zoneStream, ...external},
      num_replicas: replicas,
      storage: StorageType.File,
      // As in the store: a mirror gets neither that nor what is purged there.
      max_msgs_per_subject: 1,
      discard: DiscardPolicy.Old,
      allow_direct: true,
    })
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new BrokerSetupError(`the mirror ${stream} cannot be made: ${words}`, {
      cause,
      hints: ['Let the server have JetStream, and a domain of its own where `broker.domain` names another'],
    })
  }
}

async function begins(broker: Broker, name: string): Promise<boolean> {
  const deadline = performance.now() + BEGUN_WITHIN_MS
  while (performance.now() < deadline) {
    if ((await mirrorState(broker, {name})).state === 'follows') return true
    await sleep(50)
  }
  return false
}

/** Rejects where the zone store cannot be asked. */
export async function mirrorState(broker: Broker, mirror: MirrorName): Promise<MirrorState> {
  const {jsm, names} = broker
  const source = await broker.zonesOf(mirror)
  const {stream} = source
  const info = await infoOf(source)
  if (!info) return {stream, state: 'missing', behind: 0}
  // In this order: what is stored in between is no sign of a newer mirror.
  const store = (await jsm.streams.info(names.zoneStream)).state
  const behind = store.last_seq - info.state.last_seq
  if (behind < 0) return {stream, state: 'older', behind: 0}
  const empty = info.state.messages === 0 && store.messages > 0
  return {stream, state: empty ? 'empty' : 'follows', behind}
}

async function infoOf({jsm, stream}: ZoneSource): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(stream)
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined
    throw error
  }
}
