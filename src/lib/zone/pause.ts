/** That a secondary applies nothing from the store, until somebody lets it go on. */
export interface Pause {
  /** Milliseconds since 1970 by the clock of whoever paused it. */
  since: number
  /** When it ends by itself, by the same clock. */
  until?: number
  reason?: string
  /** `user@host` */
  by: string
}

/** Whether it should have ended by itself; `now` by the clock of whoever asks. */
export function isOver({until}: Pause, now: number): boolean {
  return until !== undefined && until <= now
}

/** For people. */
export function pauseWords({since, until, reason}: Pick<Pause, 'since' | 'until' | 'reason'>): string {
  const end = until === undefined ? '' : ` until ${new Date(until).toISOString()}`
  return `paused since ${new Date(since).toISOString()}${end}${reason === undefined ? '' : ` (${reason})`}`
}
