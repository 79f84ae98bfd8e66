/** After so long, what still holds is said again. */
const REPEAT_MS = 3_600_000

/**
 * Says of a number that should be zero when to speak of it: where its size class changes (none, some, tens, hundreds, …), and
 * once an hour while it is not zero. Pure: time is passed in.
 */
export class Alarm {
  #said = 0
  #saidAt = 0

  /** `raise`: say how many there are; `clear`: say that it is over. */
  look(count: number, now: number): 'raise' | 'clear' | undefined {
    const size = sizeClass(count)
    const repeat = size > 0 && now - this.#saidAt >= REPEAT_MS
    if (size === this.#said && !repeat) return undefined
    this.#said = size
    this.#saidAt = now
    return size > 0 ? 'raise' : 'clear'
  }
}

function sizeClass(count: number): number {
  return count === 0 ? 0 : 1 + Math.floor(Math.log10(count))
}
