import {describe, expect, it} from 'vitest'
import {catalogue, KEPT_OUT_REASONS} from '../../../src/lib/metrics/catalogue.js'
import type {MetricDefinition} from '../../../src/lib/metrics/definitions.js'
import {Metrics} from '../../../src/lib/metrics/metrics.js'
import {Readiness} from '../../../src/lib/metrics/readiness.js'

const definitions: readonly MetricDefinition<string, string>[] = Object.values(catalogue)

describe('the catalogue', () => {
  it('names metrics as Prometheus wants them', () => {
    for (const {name, kind} of definitions) {
      expect(name).toMatch(/^pdist_[a-z0-9_]+$/)
      expect(name).not.toMatch(/_(ms|milliseconds|kb|minutes)(_|$)/)
      expect(name.endsWith('_total')).toBe(kind === 'counter')
    }
    expect(new Set(definitions.map(({name}) => name)).size).toBe(definitions.length)
  })

  it('has no label that a client can fill without limit', () => {
    const labels = definitions.flatMap((definition) => definition.labels)
    expect(labels.filter((label) => /zone|path|peer|address/.test(label))).toEqual([])
  })
})

describe('Metrics', () => {
  it('shows what was set, with the daemon as a label', async () => {
    const metrics = new Metrics('syncer')
    metrics.set('buildInfo', 1, {version: '1.2.3'})
    const {contentType, text} = await metrics.scrape()
    expect(contentType).toContain('text/plain')
    expect(text).toContain('pdist_build_info{version="1.2.3",daemon="syncer"} 1')
  })

  it('has the metrics of the process', async () => {
    const {text} = await new Metrics('syncer').scrape()
    expect(text).toContain('process_resident_memory_bytes')
    expect(text).toContain('nodejs_eventloop_lag_seconds')
  })

  it('begins with 0 where an alert has to see the first of a kind', async () => {
    const {text} = await new Metrics('syncer').scrape()
    for (const reason of KEPT_OUT_REASONS) {
      expect(text).toContain(`pdist_versions_kept_out_total{reason="${reason}",daemon="syncer"} 0`)
    }
  })

  it('has buckets from a millisecond to minutes', async () => {
    const {text} = await new Metrics('health-checker').scrape()
    const bounds = [...text.matchAll(/^pdist_convergence_seconds_bucket\{le="([^"]+)"/gm)].map(([, le]) => le)
    expect([bounds.at(0), bounds.at(-2), bounds.at(-1)]).toEqual(['0.001', '600', '+Inf'])
  })

  it('keeps two daemons apart', async () => {
    const [one, other] = [new Metrics('one'), new Metrics('other')]
    one.set('ready', 1, {condition: 'broker'})
    expect((await other.scrape()).text).not.toContain('condition="broker"')
  })

  it('shows nothing more of what is forgotten', async () => {
    const metrics = new Metrics('health-checker')
    for (const secondary of ['ns1', 'ns2']) {
      metrics.set('secondaryLag', 1, {secondary})
      metrics.count('comparisons', {secondary, outcome: 'equal'})
      metrics.count('comparisons', {secondary, outcome: 'failed'})
    }
    await metrics.forget({secondary: 'ns1'})
    const {text} = await metrics.scrape()
    expect(text).not.toContain('ns1')
    expect(text.match(/secondary="ns2"/g)).toHaveLength(3)
  })

  it('asks for an update before each scrape', async () => {
    const metrics = new Metrics('syncer')
    let scrapes = 0
    metrics.beforeScrape(() => metrics.set('ready', ++scrapes, {condition: 'scrapes'}))
    await metrics.scrape()
    expect((await metrics.scrape()).text).toContain('pdist_ready{condition="scrapes",daemon="syncer"} 2')
  })
})

describe('Readiness', () => {
  it('is not ready without any condition', () => {
    expect(new Readiness().ready).toBe(false)
  })

  it('is ready when all conditions hold, and says which do not', () => {
    const readiness = new Readiness()
    readiness.expect('broker', 'powerdns')
    readiness.set('broker', true)
    expect(readiness.ready).toBe(false)
    expect(readiness.missing).toEqual(['powerdns'])
    readiness.set('powerdns', true)
    expect(readiness.ready).toBe(true)
    readiness.set('broker', false)
    expect(readiness.missing).toEqual(['broker'])
  })

  it('does not forget what holds when it is expected once more', () => {
    const readiness = new Readiness()
    readiness.set('broker', true)
    readiness.expect('broker')
    expect(readiness.conditions).toEqual({broker: true})
  })
})
