import type {ZoneName} from '../dns/name.js'
import type {Happening} from '../zone/happening.js'
import type {System} from './system.js'
import {viewZone, type ZoneReport} from './zone-view.js'

/** Of a zone, what is stored and served at this moment, and what happened to it last. */
export interface ZoneDetail {
  /** Undefined where the store does not know the zone. */
  report: ZoneReport | undefined
  /** The newest first. */
  history: readonly Happening[]
}

const HISTORY = 200

export async function detailOfZone(system: System, zone: ZoneName, signal: AbortSignal): Promise<ZoneDetail> {
  const [report, history] = await Promise.all([
    viewZone(system, zone, signal),
    lastHappenings(system, zone, signal),
  ])
  return {report, history}
}

async function lastHappenings(system: System, zone: ZoneName, signal: AbortSignal): Promise<Happening[]> {
  let last: Happening[] = []
  for await (const happening of system.history.read({zone}, signal, system.ignoring)) {
    last.push(happening)
    if (last.length >= 2 * HISTORY) last = last.slice(-HISTORY)
  }
  return last.slice(-HISTORY).reverse()
}
