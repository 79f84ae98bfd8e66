export interface BackoffOptions {
  /** The first delay, in milliseconds. */
  firstMs: number
  /** No delay is longer than this, in milliseconds. */
  maxMs: number
  /** The share of each delay that is random (0 to 1), so that many clients do not retry in step. */
  jitter?: number
  random?: () => number
}

/** An endless sequence of delays in milliseconds: doubling from `firstMs`, capped at `maxMs`, jittered. */
export function* backoff({
  firstMs,
  maxMs,
  jitter = 0.3,
  random = Math.random,
}: BackoffOptions): Generator<number, never> {
  let delay = firstMs
  for (;;) {
    yield delay * (1 - jitter * random())
    delay = Math.min(maxMs, delay * 2)
  }
}
