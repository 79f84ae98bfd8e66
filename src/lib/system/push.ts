import {randomUUID} from 'node:crypto'
import type {ZoneName} from '../dns/name.js'
import {type PushOptions, type PushReport, pushZone} from '../sync/push.js'
import type {System} from './system.js'

type PushRequest = Pick<
  PushOptions,
  'waitFor' | 'timeoutMs' | 'acceptLoss' | 'imported' | 'onProgress' | 'signal'
>

/** Pushes to the secondaries that are known at this moment. */
export interface Pusher {
  secondaries: PushOptions['secondaries']
  push(zone: ZoneName, request: PushRequest): Promise<PushReport>
}

export async function preparePush(system: System, signal: AbortSignal): Promise<Pusher> {
  const secondaries = (await system.secondaries(signal)).map(({secondary, active, paused}) => ({
    name: secondary,
    active,
    paused: paused !== undefined,
  }))
  const push = (zone: ZoneName, request: PushRequest) =>
    pushZone(system, zone, {...request, secondaries, newId: randomUUID, now: Date.now})
  return {secondaries, push}
}
