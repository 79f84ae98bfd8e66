/** A step in a zone's life: its counter was set to the step's number, or the zone was deleted. */
interface Step {
  at: Date
  zone: string
  what: 'set' | 'gone'
  /** False where the call failed: it may have been done, or may be done yet, after later ones. */
  sure: boolean
}

/**
 * All that the primary may ever have had of the churn's zones. Every step has a number, higher than all before, and is noted
 * before its call is sent; so whoever serves a number that is not in here serves what never was.
 */
export class History {
  readonly #steps: Step[] = []
  readonly #ends = new Map<string, number[]>()

  /** All of it, the first step is number 1. */
  get steps(): readonly Readonly<Step>[] {
    return this.#steps
  }

  /** How many steps were noted. */
  get length(): number {
    return this.#steps.length
  }

  /** To be called before the change is sent. The step's number is what the zone's counter is set to. */
  note(zone: string, what: Step['what']): number {
    const number = this.#steps.push({at: new Date(), zone, what, sure: true})
    if (what === 'gone') this.#ends.set(zone, [...(this.#ends.get(zone) ?? []), number])
    return number
  }

  /** The step's call failed: whether and when it is done nobody knows. */
  failed(number: number): void {
    const step = this.#steps[number - 1]
    if (step) step.sure = false
  }

  /** Whether this zone's counter can have been that. */
  mayBe(zone: string, number: number): boolean {
    const step = this.#steps[number - 1]
    return step?.zone === zone && step.what === 'set'
  }

  isSure(number: number): boolean {
    return this.#steps[number - 1]?.sure === true
  }

  /**
   * The step itself where it is a deletion, else the zone's first one after it: what a server has seen at least that has come to the
   * step, and has no such zone. Where it has not been made again there it is not deleted again, either.
   */
  endFrom(zone: string, number: number): number | undefined {
    const end = this.#ends.get(zone)?.find((each) => each >= number)
    return end !== undefined && this.isSure(end) ? end : undefined
  }
}
