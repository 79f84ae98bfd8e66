import {LeaseStore} from '../broker/lease-store.js'
import {feedPosition} from '../broker/zone-feed.js'
import {SecondaryInactiveError, SecondaryPausedError, UnknownSecondaryError} from '../sync/errors.js'
import {healthOf, type SecondaryHealth} from '../sync/watch/health.js'
import type {SecondaryDetails} from '../sync/watch/secondary-details.js'
import {pauseWords} from '../zone/pause.js'
import {secondariesOf} from './health.js'
import type {KnownSecondary, System} from './system.js'

/** How every secondary stands. */
export async function listSecondaries(system: System, signal: AbortSignal): Promise<SecondaryHealth[]> {
  return (await secondariesOf(system, signal)).map(healthOf)
}

/** Rejects with UnknownSecondaryError. */
export async function showSecondary(
  system: System,
  name: string,
  signal: AbortSignal,
): Promise<SecondaryDetails> {
  const known = await knownSecondary(system, name, signal)
  const zones = await system.broker.zonesOf(known.mirror)
  const [compared, position, lease] = await Promise.all([
    system.control.compared(name),
    feedPosition(system.broker, zones, name),
    leasesOf(system).look(syncerLease(name)),
  ])
  const {startedAt, shortages = [], signatures, ...facts} = known
  return {
    ...healthOf({...facts, compared, signatures}),
    ...{startedAt, shortages, endingSignatures: signatures?.first ?? []},
    ...(lease.holder ? {syncer: {host: lease.holder.host, pid: lease.holder.pid}} : {}),
    ...(position ? {position} : {}),
  }
}

/** Rejects with UnknownSecondaryError. */
export async function knownSecondary(
  system: System,
  name: string,
  signal: AbortSignal,
): Promise<KnownSecondary> {
  const known = await system.secondaries(signal)
  const found = known.find(({secondary}) => secondary === name)
  if (found) return found
  const names = known.map(({secondary}) => secondary)
  throw unknown(name, names)
}

/** One that is at work. Rejects with UnknownSecondaryError, SecondaryInactiveError and SecondaryPausedError. */
export async function activeSecondary(
  system: System,
  name: string,
  signal: AbortSignal,
): Promise<KnownSecondary> {
  const known = await knownSecondary(system, name, signal)
  if (known.silent) {
    throw new SecondaryInactiveError(`${name} is inactive: silent for ${Math.round(known.ageMs / 1000)} s`, {
      hints: [
        `Look at \`pdist daemon syncer\` on ${name}`,
        `Gone for good? \`pdist secondary forget ${name}\``,
      ],
    })
  }
  if (known.paused) {
    throw new SecondaryPausedError(`${name} is ${pauseWords(known.paused)}`, {
      hints: [`\`pdist secondary resume ${name}\` lets it go on, and all that waits follows`],
    })
  }
  return known
}

export function unknown(name: string, names: readonly string[]): UnknownSecondaryError {
  return new UnknownSecondaryError(`no secondary ${name} has ever sent a heartbeat`, {
    hints: [names.length > 0 ? `There are: ${names.join(', ')}` : 'Start `pdist daemon syncer` there'],
  })
}

/** The lease by which a syncer has its secondary's name. */
export function syncerLease(secondary: string): string {
  return `syncer-${secondary}`
}

export function leasesOf({broker}: System): LeaseStore {
  return new LeaseStore(broker, broker.requestTimeoutMs)
}
