import {zoneName} from '../../src/lib/dns/name.js'
import type {DaemonHealth, StreamHealth} from '../../src/lib/sync/watch/health.js'
import {DEFAULT_LIMITS} from '../../src/lib/sync/watch/judgement.js'
import {LiveModel} from '../../src/lib/sync/watch/live.js'
import type {Heartbeat} from '../../src/lib/zone/heartbeat.js'
import {event, receipt} from './happenings.js'
import {stored, versionOf} from './versions.js'

export const NOW = 1_800_000_000_000

export function heartbeat(secondary: string, fields: Partial<Heartbeat> = {}): Heartbeat {
  return {
    ...{secondary, state: 'ok', pdist: '0.1.0', powerdns: '4.7.3', node: 'v24.21.0', zones: 2, pending: 0},
    ...{lag: 0, load: 0.25, warnings: [], problems: [], problemCount: 0, startedAt: NOW - 60_000},
    memory: {total: 1000, available: 400},
    disks: [{path: '/var/lib/pdist', total: 1000, free: 500}],
    ...fields,
  }
}

export function daemon(role: DaemonHealth['daemon'], fields: Partial<DaemonHealth> = {}): DaemonHealth {
  return {
    ...{daemon: role, host: 'primary.test', pid: 1, pdist: '0.1.0', node: 'v24.21.0', startedAt: NOW},
    ...{ready: true, missing: [], leads: false, clockAheadMs: 3},
    ...fields,
  }
}

export const DAEMONS = [daemon('api-proxy'), daemon('health-checker', {leads: true}), daemon('zone-provider')]

export function stream(name: string, fields: Partial<StreamHealth> = {}): StreamHealth {
  return {name, state: 'ok', messages: 10, bytes: 2048, replicas: {wanted: 1, current: 1}, ...fields}
}

export interface LiveFixture {
  secondaries: number
  zones: number
  /** Changes of which all secondaries but the last have proved one, just before now. */
  changes?: number
}

/** A model of a system that runs well, at `NOW`. */
export function liveModel({secondaries, zones, changes = 0}: LiveFixture): LiveModel {
  const options = {inactiveAfterMs: 30_000, signatureWarning: 172_800, limits: DEFAULT_LIMITS}
  const model = new LiveModel(options, NOW)
  model.connected({server: '127.0.0.1:4222', version: '2.10.27'})
  const names = Array.from({length: secondaries}, (_, index) => `ns${index + 1}`)
  for (const name of names) model.heard(heartbeat(name, {zones}), 2000, NOW)
  model.known(new Set(names))
  model.told({
    streams: [stream('pdist-events')],
    events: {waiting: 0, inFlight: 0},
    plans: [],
    daemons: DAEMONS,
  })
  model.zones.onReset()
  for (let index = 0; index < zones; index++) {
    model.zones.onState(stored(versionOf(`zone${index}.test`, {at: NOW - 60_000}), index + 1))
  }
  model.zones.onCaughtUp()
  model.view(NOW)
  for (let index = 0; index < changes; index++) {
    const zone = zoneName(`zone${index}.test`)
    model.happened(event(zone, index + 1, NOW - 500))
    for (const name of names.slice(0, -1)) model.happened(receipt(name, zone, index + 1, NOW - 450))
  }
  return model
}
