/** A secondary as the health-checker sees it. */
export interface SecondaryActivity {
  secondary: string
  active: boolean
  /** When its last heartbeat came, by the local monotonic clock in milliseconds. */
  heardAt: number
}

export type ActivityChange = {secondary: string; active: boolean; silentMs: number}

/** Tells active secondaries from silent ones. Pure: time is passed in. */
export class ActivityTracker {
  readonly #inactiveAfterMs: number
  readonly #known = new Map<string, SecondaryActivity>()

  constructor(inactiveAfterMs: number) {
    this.#inactiveAfterMs = inactiveAfterMs
  }

  get all(): readonly SecondaryActivity[] {
    return [...this.#known.values()]
  }

  /** A heartbeat that is `ageMs` old by the broker's clock. Returns the change that it makes, if any. */
  heard(secondary: string, ageMs: number, now: number): ActivityChange | undefined {
    const known = this.#known.get(secondary)
    const heardAt = Math.max(known?.heardAt ?? Number.NEGATIVE_INFINITY, now - ageMs)
    const silentMs = now - heardAt
    const active = silentMs <= this.#inactiveAfterMs
    this.#known.set(secondary, {secondary, active, heardAt})
    return known?.active === active ? undefined : {secondary, active, silentMs}
  }

  isActive(secondary: string): boolean {
    return this.#known.get(secondary)?.active ?? false
  }

  forget(secondary: string): void {
    this.#known.delete(secondary)
  }

  /** Secondaries that fell silent since the last call. */
  silent(now: number): ActivityChange[] {
    const changes: ActivityChange[] = []
    for (const [secondary, {active, heardAt}] of this.#known) {
      const silentMs = now - heardAt
      if (!active || silentMs <= this.#inactiveAfterMs) continue
      this.#known.set(secondary, {secondary, active: false, heardAt})
      changes.push({secondary, active: false, silentMs})
    }
    return changes
  }
}
