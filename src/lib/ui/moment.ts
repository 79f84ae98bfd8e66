/** A moment as people and scripts read it: ISO 8601 in UTC, to the millisecond. */
export function moment(ms: number): string {
  return new Date(ms).toISOString()
}

/** How long something took. */
export function lasting(ms: number): string {
  if (ms < 100) return `${Math.round(ms * 10) / 10} ms`
  if (ms < 10_000) return `${Math.round(ms)} ms`
  return ms < 600_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 60_000)} min`
}
