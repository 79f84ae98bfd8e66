import {Counter, collectDefaultMetrics, Gauge, Histogram, Registry} from 'prom-client'
import {type catalogue, catalogueOf} from './catalogue.js'
import {LATENCY_BUCKETS, type MetricDefinition} from './definitions.js'

type Catalogue = typeof catalogue
type NamesOf<Kind> = {
  [Name in keyof Catalogue]: Catalogue[Name]['kind'] extends Kind ? Name : never
}[keyof Catalogue]
/** Labels are asked for exactly where the metric has some. */
type LabelArgument<Name extends keyof Catalogue> = [Catalogue[Name]['labels'][number]] extends [never]
  ? []
  : [labels: Readonly<Record<Catalogue[Name]['labels'][number], string>>]

export type CounterName = NamesOf<'counter'>
export type GaugeName = NamesOf<'gauge'>
export type HistogramName = NamesOf<'histogram'>

/** Gauges of prom-client that are named like counters; each is the sum of another one, by `type`. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

/** Every time wakes the process, also one that has nothing to do: by default, a hundred times a second. */
const LAG_EVERY_MS = 50

/** One daemon's metrics: those of the catalogue, by their names there, and the process's own. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()
  readonly #updates: Array<() => void> = []

  /** `daemon` becomes the label `daemon` of every metric. */
  constructor(daemon: string) {
    this.#registry.setDefaultLabels({daemon})
    collectDefaultMetrics({register: this.#registry, eventLoopMonitoringPrecision: LAG_EVERY_MS})
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name)
    for (const [name, definition] of Object.entries<MetricDefinition<string, string>>(catalogueOf(daemon))) {
      this.#declare(name, definition)
    }
  }

  /** Adds 1 to a counter. */
  count<Name extends CounterName>(name: Name, ...[labels]: LabelArgument<Name>): void {
    this.#counters.get(name)?.inc({...labels}, 1)
  }

  /** Adds `amount` to a counter. */
  add<Name extends CounterName>(name: Name, amount: number, ...[labels]: LabelArgument<Name>): void {
    this.#counters.get(name)?.inc({...labels}, amount)
  }

  /** Says what a gauge is now. */
  set<Name extends GaugeName>(name: Name, value: number, ...[labels]: LabelArgument<Name>): void {
    this.#gauges.get(name)?.set({...labels}, value)
  }

  /** Adds one duration, in seconds, to a distribution. */
  observe<Name extends HistogramName>(name: Name, seconds: number, ...[labels]: LabelArgument<Name>): void {
    this.#histograms.get(name)?.observe({...labels}, seconds)
  }

  /** Removes every counter and gauge with this label: what it was about is no more. */
  async forget(label: Readonly<Record<string, string>>): Promise<void> {
    const metrics = [...this.#counters.values(), ...this.#gauges.values()]
    await Promise.all(
      metrics.map(async (metric) => {
        const {values} = await metric.get()
        for (const {labels} of values) if (matches(labels, label)) metric.remove(labels)
      }),
    )
  }

  /** Calls `update` before each scrape: the place for gauges that are cheaper to read than to follow. */
  beforeScrape(update: () => void): void {
    this.#updates.push(update)
  }

  /** The exposition that Prometheus scrapes. */
  async scrape(): Promise<{contentType: string; text: string}> {
    for (const update of this.#updates) update()
    return {contentType: this.#registry.contentType, text: await this.#registry.metrics()}
  }

  #declare(key: string, {kind, name, help, labels, fromStart}: MetricDefinition<string, string>): void {
    const common = {name, help, labelNames: labels, registers: [this.#registry]}
    if (kind === 'counter') {
      const counter = new Counter(common)
      this.#counters.set(key, counter)
      for (const series of fromStart ?? []) counter.inc({...series}, 0)
    } else if (kind === 'gauge') this.#gauges.set(key, new Gauge(common))
    else this.#histograms.set(key, new Histogram({...common, buckets: [...LATENCY_BUCKETS]}))
  }
}

function matches(labels: object, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name as keyof typeof labels] === value)
}
