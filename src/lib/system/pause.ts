import {sleep, withTimeout} from '../async/abort.js'
import type {PauseReport} from '../sync/watch/secondary-details.js'
import type {Pause} from '../zone/pause.js'
import {knownSecondary} from './secondaries.js'
import type {System} from './system.js'

interface Waiting {
  timeoutMs: number
  signal: AbortSignal
}

interface PauseOrder extends Waiting {
  by: string
  reason?: string | undefined
  /** After how many milliseconds it ends by itself. */
  forMs?: number | undefined
}

const LOOK_EVERY_MS = 100

/**
 * Has a secondary apply nothing, and waits until it says that it does so; one that is paused already keeps the reason and the end
 * that are not given anew. Rejects with UnknownSecondaryError.
 */
export async function pauseSecondary(
  system: System,
  secondary: string,
  {by, reason, forMs, ...waiting}: PauseOrder,
): Promise<PauseReport> {
  const {silent, ageMs} = await knownSecondary(system, secondary, waiting.signal)
  const since = Date.now()
  const last = await system.pauses.look(secondary, system.ignoring)
  const before = last.state === 'paused' && last.leftMs > 0 ? last.pause : undefined
  const pause: Pause = {
    // What is not said anew stays as whoever paused it before has said it.
    ...(before?.until === undefined ? {} : {until: before.until}),
    ...(before?.reason === undefined ? {} : {reason: before.reason}),
    since,
    by,
    ...(forMs === undefined ? {} : {until: since + forMs}),
    ...(reason === undefined ? {} : {reason}),
  }
  await system.pauses.put(secondary, pause)
  const obeys =
    !silent &&
    (await heartbeatShows(
      system,
      secondary,
      waiting,
      ({paused}) => paused?.since === since && paused.by === by,
    ))
  return {secondary, state: obeys ? 'paused' : 'ordered', ageMs, pause}
}

/** Lets a secondary go on, and waits until it says that it does. Rejects with UnknownSecondaryError. */
export async function resumeSecondary(
  system: System,
  secondary: string,
  waiting: Waiting,
): Promise<PauseReport> {
  const {silent, ageMs} = await knownSecondary(system, secondary, waiting.signal)
  // What it said before proves nothing: it may be gone since.
  const before = (await system.presence.lastHeard(secondary))?.sequence ?? 0
  await system.pauses.end(secondary)
  const isAtWork = ({paused, sequence}: Heard) => paused === undefined && sequence > before
  const obeys = !silent && (await heartbeatShows(system, secondary, waiting, isAtWork))
  return {secondary, state: obeys ? 'running' : 'ordered', ageMs}
}

/** What a secondary said last of a pause, and its place in the order of heartbeats. */
interface Heard {
  paused?: Pause
  sequence: number
}

/** False where it did not in time. */
async function heartbeatShows(
  system: System,
  secondary: string,
  {timeoutMs, signal}: Waiting,
  holds: (heard: Heard) => boolean,
): Promise<boolean> {
  const ask = async (ending: AbortSignal) => {
    for (;;) {
      const last = await system.presence.lastHeard(secondary)
      const paused = last?.heartbeat.paused
      if (last && holds({...(paused ? {paused} : {}), sequence: last.sequence})) return true
      await sleep(LOOK_EVERY_MS, ending)
    }
  }
  try {
    return await withTimeout(timeoutMs, signal, ask)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DOMException && error.name === 'TimeoutError') return false
    throw error
  }
}
