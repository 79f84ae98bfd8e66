import {JetStreamApiError, type StreamInfo} from '@nats-io/jetstream'
import type {Broker} from './connection.js'
import {wantedStreams} from './topology.js'

export interface StreamState {
  name: string
  /** `degraded`: fewer servers hold all of it than should. */
  state: 'ok' | 'missing' | 'degraded'
  messages: number
  bytes: number
  replicas: {wanted: number; current: number}
}

const STREAM_NOT_FOUND = 10059

/** How all streams of ours stand, buckets included. */
export async function streamStates(broker: Broker): Promise<StreamState[]> {
  // Only their names are asked of it.
  const names = wantedStreams(broker.names, {replicas: 1, eventsKeptMs: 0}).map(({name}) => name)
  return Promise.all(names.map((name) => stateOf(broker, name)))
}

async function stateOf({jsm}: Broker, name: string): Promise<StreamState> {
  try {
    const info = await jsm.streams.info(name)
    const replicas = {wanted: info.config.num_replicas, current: currentReplicas(info)}
    const state = replicas.current < replicas.wanted ? 'degraded' : 'ok'
    return {name, state, messages: info.state.messages, bytes: info.state.bytes, replicas}
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND)) throw error
    return {name, state: 'missing', messages: 0, bytes: 0, replicas: {wanted: 0, current: 0}}
  }
}

/** A server that is no part of a cluster names none, and its leader is itself. */
function currentReplicas({cluster}: StreamInfo): number {
  if (!cluster) return 1
  const followers = (cluster.replicas ?? []).filter(({current, offline}) => current && !offline)
  return followers.length + (cluster.leader ? 1 : 0)
}
