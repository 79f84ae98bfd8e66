import {isOver, type Pause} from '../../zone/pause.js'

/** How a secondary stands with those who wait for it. */
export interface Standing {
  /** Neither silent nor paused: whoever waits for all, waits for it. */
  active: boolean
  /** Its last heartbeat is too old. */
  silent: boolean
  paused?: Pause
}

/** `now`: milliseconds since 1970. Of a silent secondary nobody knows better than its own last words, until they are over. */
export function standingOf(
  {paused, ageMs}: {paused?: Pause; ageMs: number},
  inactiveAfterMs: number,
  now: number,
): Standing {
  const silent = ageMs > inactiveAfterMs
  const holds = paused !== undefined && !(silent && isOver(paused, now))
  return {silent, active: !silent && !holds, ...(holds ? {paused} : {})}
}
