import type {ZoneName} from '../dns/name.js'
import {type ErrorReport, reportOf} from '../errors.js'
import {formatFingerprint} from '../zone/fingerprint.js'
import type {Stored} from '../zone/version.js'
import type {System} from './system.js'

/** What one secondary serves of a zone. */
export interface ServedBy {
  secondary: string
  /** `current` also where the zone was deleted and nothing is served; `paused` where it is not, and nothing is applied. */
  state: 'current' | 'behind' | 'not served' | 'paused' | 'inactive' | 'no answer'
  serial?: number
  fingerprint?: string
  /** Seconds since it got a version that it does not serve yet. */
  lag?: number
  error?: ErrorReport
}

export interface ZoneReport {
  zone: ZoneName
  /** What the store has. */
  stored: Stored
  fingerprint?: string
  secondaries: ServedBy[]
}

/** A zone in the store, and what every secondary serves of it at this moment; undefined where the store does not know it. */
export async function viewZone(
  system: System,
  zone: ZoneName,
  signal: AbortSignal,
): Promise<ZoneReport | undefined> {
  const found = await system.store.get(zone)
  if (!found) return undefined
  const {state: stored} = found
  const fingerprint = stored.kind === 'version' ? formatFingerprint(stored.fingerprint) : undefined
  const known = await system.secondaries(signal)
  const secondaries = await Promise.all(
    known.map(({secondary, silent, paused}) =>
      askSecondary(system, {zone, secondary, silent, paused: paused !== undefined, fingerprint}),
    ),
  )
  return {zone, stored, ...(fingerprint === undefined ? {} : {fingerprint}), secondaries}
}

interface Question {
  zone: ZoneName
  secondary: string
  silent: boolean
  paused: boolean
  fingerprint: string | undefined
}

async function askSecondary(
  system: System,
  {zone, secondary, silent, paused, fingerprint}: Question,
): Promise<ServedBy> {
  if (silent) return {secondary, state: paused ? 'paused' : 'inactive'}
  try {
    const {served, serial, lag, problem} = await system.commands.stand(secondary, zone)
    // A zone that pdist did not make can have the very fingerprint that ours should have.
    const current = served === fingerprint && !problem
    const late = paused ? 'paused' : served === undefined ? 'not served' : 'behind'
    const state = current ? 'current' : late
    return {
      secondary,
      state,
      lag,
      ...(serial === undefined ? {} : {serial}),
      ...(served === undefined ? {} : {fingerprint: served}),
      ...(problem ? {error: problem} : {}),
    }
  } catch (error) {
    return {secondary, state: 'no answer', error: reportOf(error)}
  }
}
