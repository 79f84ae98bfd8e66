import type {FollowQuestion} from '../broker/history.js'
import type {ZoneName} from '../dns/name.js'
import {VersionHistory, type VersionRecord} from '../sync/watch/version-history.js'
import type {Happening} from '../zone/happening.js'
import type {System} from './system.js'

export interface HappeningsQuestion {
  zone: ZoneName | '>'
  /** Milliseconds since 1970; absent for all that is kept, or with `follow` for nothing of it. */
  since?: number
  /** Goes on with what happens from now on, until aborted. */
  follow: boolean
}

/** Tells what happened, in order, and then what happens. Resolves at the end of what is kept, or when aborted while following. */
export async function tellHappenings(
  system: System,
  {zone, since, follow}: HappeningsQuestion,
  signal: AbortSignal,
  on: (happening: Happening) => void,
): Promise<void> {
  const after: NonNullable<FollowQuestion['after']> = {}
  if (!follow || since !== undefined) {
    const question = since === undefined ? {zone} : {zone, since}
    for await (const happening of system.history.read(question, signal, system.ignoring)) {
      after[happening.kind] = happening.time
      on(happening)
    }
  }
  if (!follow) return
  // Also of a kind of which nothing was there yet, nothing is left out.
  const from = since === undefined ? {} : {event: since, provision: since, receipt: since}
  await system.history.follow(
    {zone, after: {...from, ...after}},
    {onMalformed: system.ignoring, onRestart: system.restarting, signal},
    on,
  )
}

/** The versions of a zone that are remembered, the newest first, at most `limit`. */
export async function zoneHistory(
  system: System,
  zone: ZoneName,
  {since, limit}: {since?: number; limit: number},
  signal: AbortSignal,
): Promise<VersionRecord[]> {
  const history = new VersionHistory()
  const question = since === undefined ? {zone} : {zone, since}
  for await (const happening of system.history.read(question, signal, system.ignoring)) history.add(happening)
  return history.versions.slice(-limit).reverse()
}
