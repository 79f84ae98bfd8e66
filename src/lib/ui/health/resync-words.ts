/** What came of comparing a secondary with the store. */
export interface ResyncOutcome {
  secondary: string
  state: string
  zones: number
  changes: readonly unknown[]
  left: readonly unknown[]
}

/** In one line. */
export function resyncWords({secondary, state, zones, changes, left}: ResyncOutcome): string {
  if (state === 'equal') {
    return `${secondary} serves what the store has: ${zones} zones, ${changes.length} put right`
  }
  return `${secondary}: ${left.length} of ${zones} zones still differ (${state}); pdist resync ${secondary} tells which`
}
