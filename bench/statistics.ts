export interface Percentiles {
  n: number
  p50: number
  p95: number
  p99: number
}

/** Nearest-rank percentiles; NaN where there is no sample. */
export function percentilesOf(samples: readonly number[]): Percentiles {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  return {n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99)}
}
