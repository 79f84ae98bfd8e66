import {feedPosition, forgetFeed} from '../broker/zone-feed.js'
import {SecondaryActiveError} from '../sync/errors.js'
import type {ForgetReport} from '../sync/watch/secondary-details.js'
import {leasesOf, syncerLease, unknown} from './secondaries.js'
import type {KnownSecondary, System} from './system.js'

/**
 * What there is to forget; undefined where there is no heartbeat, but other traces. Rejects with UnknownSecondaryError where there is nothing
 * at all, and with SecondaryActiveError where the secondary is at work.
 */
export async function forgettable(
  system: System,
  name: string,
  signal: AbortSignal,
): Promise<KnownSecondary | undefined> {
  const all = await system.secondaries(signal)
  const known = all.find(({secondary}) => secondary === name)
  if (known && !known.silent) throw active(known, system.inactiveAfterMs)
  if (known || (await feedPosition(system.broker, system.broker.zones, name))) return known
  throw unknown(
    name,
    all.map(({secondary}) => secondary),
  )
}

/**
 * Removes every trace of a secondary that is gone: its place in the zone store's stream, what is kept about it, its name, and,
 * once all that is done, its last heartbeat. Rejects as `forgettable`.
 */
export async function forgetSecondary(
  system: System,
  name: string,
  signal: AbortSignal,
): Promise<ForgetReport> {
  // It may have come back while somebody was asked.
  const known = await forgettable(system, name, signal)
  const {broker} = system
  await forgetFeed(broker, await broker.zonesOf(known?.mirror), name)
  await system.control.forget(name)
  await system.pauses.forget(name)
  await leasesOf(system).forget(syncerLease(name))
  await system.presence.forget(name)
  return forgetReport('forgotten', name, known)
}

export function forgetReport(
  state: ForgetReport['state'],
  secondary: string,
  known: KnownSecondary | undefined,
): ForgetReport {
  const age = known ? {ageMs: Math.round(known.ageMs)} : {}
  return {secondary, state, zones: known?.zones ?? 0, ...age}
}

function active({secondary, ageMs}: KnownSecondary, inactiveAfterMs: number): SecondaryActiveError {
  const ago = (ageMs / 1000).toFixed(1)
  return new SecondaryActiveError(`${secondary} is at work: it was heard ${ago} s ago, and would come back`, {
    hints: [
      `Stop \`pdist daemon syncer\` on ${secondary}, and disable it`,
      `It counts as gone after ${inactiveAfterMs / 1000} s of silence`,
    ],
  })
}
