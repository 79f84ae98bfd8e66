/** A set of named conditions; ready when there is at least one and all of them hold. */
export class Readiness {
  readonly #conditions = new Map<string, boolean>()
  readonly #listeners: Array<() => void> = []

  /** Calls `listener` after every change, for as long as this object lives. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Declares conditions that do not hold yet; those already known keep their state. */
  expect(...names: readonly string[]): void {
    for (const name of names) if (!this.#conditions.has(name)) this.set(name, false)
  }

  /** Records whether the condition holds, declaring it where it is new. */
  set(name: string, holds: boolean): void {
    if (this.#conditions.get(name) === holds) return
    this.#conditions.set(name, holds)
    for (const listener of this.#listeners) listener()
  }

  /** The names of the conditions that do not hold, in the order in which they were declared. */
  get missing(): string[] {
    return [...this.#conditions].filter(([, holds]) => !holds).map(([name]) => name)
  }

  get ready(): boolean {
    return this.#conditions.size > 0 && this.missing.length === 0
  }

  /** Every condition with its state. */
  get conditions(): Readonly<Record<string, boolean>> {
    return Object.fromEntries(this.#conditions)
  }
}
