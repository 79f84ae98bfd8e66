/** What a metric is made of; label names are literal types, so a wrong label does not compile. */
export interface MetricDefinition<Kind extends string, Label extends string> {
  readonly kind: Kind
  readonly name: `pdist_${string}`
  readonly help: string
  readonly labels: readonly Label[]
  /** Series that are there with 0 before anything was counted. */
  readonly fromStart?: ReadonlyArray<Readonly<Record<Label, string>>>
}

/** Seconds: from a broker's round trip to a secondary that catches up. */
export const LATENCY_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
]

/**
 * Counts up; Prometheus wants the name to end in `_total`. Its `increase()` does not see the step of a series that begins with 1:
 * what an alert looks at is there from the start.
 */
export function counter<const Label extends string = never>(
  name: `pdist_${string}_total`,
  help: string,
  labels: readonly Label[] = [],
  fromStart: ReadonlyArray<Readonly<Record<NoInfer<Label>, string>>> = [],
): MetricDefinition<'counter', Label> {
  return {kind: 'counter', name, help, labels, fromStart}
}

/** Goes up and down; the name ends in the base unit (`_seconds`, `_bytes`) where there is one. */
export function gauge<const Label extends string = never>(
  name: `pdist_${string}`,
  help: string,
  labels: readonly Label[] = [],
): MetricDefinition<'gauge', Label> {
  return {kind: 'gauge', name, help, labels}
}

/** A distribution of durations, in seconds. */
export function latency<const Label extends string = never>(
  name: `pdist_${string}_seconds`,
  help: string,
  labels: readonly Label[] = [],
): MetricDefinition<'histogram', Label> {
  return {kind: 'histogram', name, help, labels}
}
