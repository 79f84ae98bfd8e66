import {type catalogue, catalogueOf} from '../../../src/lib/metrics/catalogue.js'
import type {MetricDefinition} from '../../../src/lib/metrics/definitions.js'

export const DAEMONS = ['api-proxy', 'zone-provider', 'syncer', 'health-checker'] as const

/** What Prometheus itself and every daemon give each series. */
const EVERYWHERE = ['job', 'instance', 'daemon']

export interface Selector {
  readonly metric: string
  /** Name -> value; the operator is left out. */
  readonly labels: Readonly<Record<string, string>>
}

/** Every metric that a query names. Good for queries whose matchers hold no brace. */
export function selectorsIn(expr: string): Selector[] {
  const found = expr.matchAll(/\b((?:pdist|process|nodejs)_\w+|up)\b(?:{([^}]*)})?/g)
  return [...found].map(([, metric = '', matchers = '']) => {
    const pairs = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)]
    return {metric, labels: Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]))}
  })
}

/** The labels that a query keeps: those of `by` and `on`. */
export function groupingsIn(expr: string): string[] {
  const lists = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(','))
  return lists.map((name) => name.trim()).filter((name) => name !== '')
}

/**
 * The labels of a series of the catalogue, of the daemon that the selector names where it names one; undefined where there is no
 * such series.
 */
export function labelsOf({metric, labels}: Selector): readonly string[] | undefined {
  if (metric === 'up') return ['job', 'instance']
  if (metric.startsWith('process_')) return EVERYWHERE
  const daemons = DAEMONS.filter((daemon) => labels.daemon === undefined || labels.daemon === daemon)
  const definition = daemons.flatMap(definitionsOf).find((one) => seriesOf(one).includes(metric))
  if (!definition) return undefined
  const bucket = metric === `${definition.name}_bucket` ? ['le'] : []
  return [...EVERYWHERE, ...definition.labels, ...bucket]
}

function definitionsOf(daemon: string): Array<MetricDefinition<string, string>> {
  return Object.values<MetricDefinition<string, string>>(catalogueOf(daemon) as typeof catalogue)
}

function seriesOf({name, kind}: MetricDefinition<string, string>): string[] {
  return kind === 'histogram' ? ['_bucket', '_count', '_sum'].map((suffix) => name + suffix) : [name]
}
