import type {Broker} from '../broker/connection.js'
import {brokerClock, type InspectedStream, inspectStreams} from '../broker/inspection.js'
import type {StreamHealth} from '../sync/watch/health.js'

/** The broker's clock, milliseconds since 1970, from now on. Rejects as `brokerClock` does. */
export async function clockOf(broker: Broker): Promise<() => number> {
  const {aheadMs} = await brokerClock(broker)
  // Whatever happens to our own clock meanwhile.
  const offset = Date.now() + aheadMs - performance.now()
  return () => offset + performance.now()
}

/** How all streams of ours stand, buckets included. */
export async function streamsOf(broker: Broker): Promise<StreamHealth[]> {
  // Whether their settings are as configured is no question of health.
  const found = await inspectStreams(broker, {replicas: 1, eventsKeptMs: 0})
  return found.map(toHealth)
}

function toHealth({name, state, messages, bytes, replicas, cluster}: InspectedStream): StreamHealth {
  const missing = cluster ? cluster.lagging.length + cluster.offline.length + (cluster.leader ? 0 : 1) : 0
  const counts = {messages, bytes, replicas: {wanted: replicas, current: Math.max(0, replicas - missing)}}
  if (state === 'missing') return {name, state, ...counts}
  return {name, state: missing > 0 ? 'degraded' : 'ok', ...counts}
}
