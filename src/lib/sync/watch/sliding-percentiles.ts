export interface SlidingOptions {
  /** How far back is looked, in milliseconds. */
  windowMs: number
  /** Into how many parts the window is divided. */
  parts: number
}

export interface Percentiles {
  count: number
  /** Milliseconds, within 1 % of the truth. */
  p50: number
  p99: number
}

/** Each class reaches to 2 % more than the one before, from this on, in milliseconds. */
const LEAST_MS = 0.1
const GROWTH = Math.log(1.02)
/** The last class begins at some three hours. */
const CLASSES = 930

interface Part {
  count: number
  classes: Uint32Array
}

/** Percentiles of durations over a sliding window, at the same memory however many there are. Pure: time is passed in. */
export class SlidingPercentiles {
  readonly #partMs: number
  readonly #parts: number
  /** By the number of the part since 1970. */
  readonly #kept = new Map<number, Part>()

  constructor({windowMs, parts}: SlidingOptions) {
    this.#partMs = windowMs / parts
    this.#parts = parts
  }

  /** Something that took `ms` milliseconds and was over at `time`, milliseconds since 1970. */
  add(time: number, ms: number): void {
    const number = Math.floor(time / this.#partMs)
    const part = this.#kept.get(number) ?? {count: 0, classes: new Uint32Array(CLASSES)}
    this.#kept.set(number, part)
    const index = classOf(ms)
    part.count++
    part.classes[index] = (part.classes[index] ?? 0) + 1
    if (this.#kept.size > this.#parts) this.#prune(Math.max(...this.#kept.keys()))
  }

  /** Of the whole window up to `now`; undefined where there was nothing. */
  summary(now: number): Percentiles | undefined {
    const last = Math.floor(now / this.#partMs)
    this.#prune(last)
    const sum = new Uint32Array(CLASSES)
    let count = 0
    for (const part of this.#kept.values()) {
      count += part.count
      for (const [index, many] of part.classes.entries()) sum[index] = (sum[index] ?? 0) + many
    }
    return percentilesOf({count, classes: sum})
  }

  /** Of each part up to `now`, the oldest first. */
  series(now: number): Array<Percentiles | undefined> {
    const last = Math.floor(now / this.#partMs)
    return Array.from({length: this.#parts}, (_, index) => {
      const part = this.#kept.get(last - this.#parts + 1 + index)
      return part && percentilesOf(part)
    })
  }

  #prune(last: number): void {
    for (const number of this.#kept.keys()) if (number <= last - this.#parts) this.#kept.delete(number)
  }
}

function classOf(ms: number): number {
  const index = Math.floor(Math.log(Math.max(ms, LEAST_MS) / LEAST_MS) / GROWTH)
  return Math.min(CLASSES - 1, index)
}

function percentilesOf({count, classes}: Part): Percentiles | undefined {
  if (count === 0) return undefined
  return {count, p50: percentile(count, classes, 0.5), p99: percentile(count, classes, 0.99)}
}

/** The middle of the class in which so great a share of all are or lie below. */
function percentile(count: number, classes: Uint32Array, share: number): number {
  const wanted = Math.ceil(count * share)
  let seen = 0
  const index = classes.findIndex((many) => {
    seen += many
    return seen >= wanted
  })
  return LEAST_MS * Math.exp((index + 0.5) * GROWTH)
}
