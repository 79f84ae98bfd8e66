/** How far a long work is. */
export interface Progress {
  done: number
  all: number
  /** Over the last seconds; 0 where nothing was done in them. */
  perSecond: number
  /** Seconds until the end at this rate; absent where nobody can tell. */
  leftS?: number
}

const WINDOW_MS = 10_000
const SAMPLE_EVERY_MS = 250

/** Measures the rate of a long work. Pure: time is passed in, in milliseconds. */
export class ProgressMeter {
  readonly #samples: Array<{at: number; done: number}>

  constructor(now: number) {
    this.#samples = [{at: now, done: 0}]
  }

  look(done: number, all: number, now: number): Progress {
    const samples = this.#samples
    const last = samples.at(-1)
    if (!last || now - last.at >= SAMPLE_EVERY_MS) samples.push({at: now, done})
    // One from before the window stays, so that there is always something to compare with.
    while (samples.length > 2 && now - (samples[1]?.at ?? now) >= WINDOW_MS) samples.shift()
    const perSecond = rate(samples[0] ?? {at: now, done}, {at: now, done})
    const left = all - done
    return {done, all, perSecond, ...(perSecond > 0 || left === 0 ? {leftS: left && left / perSecond} : {})}
  }
}

interface Sample {
  at: number
  done: number
}

/** Per second. What came back, because it has to be done again, is no negative rate. */
function rate(from: Sample, to: Sample): number {
  return to.at > from.at ? Math.max(0, ((to.done - from.done) * 1000) / (to.at - from.at)) : 0
}
