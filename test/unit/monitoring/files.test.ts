import {describe, expect, it} from 'vitest'
import {daemons} from '../../../packaging/lib/units.js'
import {Metrics} from '../../../src/lib/metrics/metrics.js'
import {
  alertQueries,
  alertRules,
  dashboard,
  dashboardQueries,
  readText,
} from '../../support/monitoring/files.js'
import {groupingsIn, labelsOf, selectorsIn} from '../../support/monitoring/promql.js'

const queries = [...dashboardQueries(), ...alertQueries()]

describe('the queries of the dashboard and of the alerts', () => {
  it.each(queries)('$where: $expr', async ({expr, legend}) => {
    const selectors = selectorsIn(expr)
    expect(selectors).not.toEqual([])
    const known = new Set<string>()
    for (const selector of selectors) {
      const labels = labelsOf(selector)
      expect(labels, `no daemon has ${selector.metric}`).toBeDefined()
      expect(labels).toEqual(expect.arrayContaining(Object.keys(selector.labels)))
      for (const label of labels ?? []) known.add(label)
    }
    expect([...known]).toEqual(expect.arrayContaining(groupingsIn(expr)))
    expect([...known]).toEqual(expect.arrayContaining([...legend]))
  })

  it('name metrics of the process that there are', async () => {
    const {text} = await new Metrics('syncer').scrape()
    const names = queries.flatMap(({expr}) => selectorsIn(expr)).map(({metric}) => metric)
    const wanted = names.filter((name) => /^(process|nodejs)_/.test(name))
    expect(wanted.length).toBeGreaterThan(0)
    for (const name of wanted) expect(text).toContain(`# TYPE ${name} `)
  })

  it('would not pass with a metric or a label that is not there', () => {
    expect(labelsOf({metric: 'pdist_convergence_seconds', labels: {}})).toBeUndefined()
    expect(labelsOf({metric: 'pdist_lag_seconds', labels: {daemon: 'api-proxy'}})).toBeUndefined()
    expect(labelsOf({metric: 'pdist_lag_seconds', labels: {daemon: 'syncer'}})).not.toContain('secondary')
  })
})

describe('the dashboard', () => {
  const {panels, templating} = dashboard()

  it('has its rows', () => {
    expect(panels.filter(({type}) => type === 'row').map(({title}) => title)).toEqual([
      'Convergence',
      'Secondaries',
      'Provider and proxy',
      'Broker',
      'Signatures and plans',
    ])
  })

  it('asks the data source that is chosen', () => {
    expect(templating.list[0]).toMatchObject({name: 'datasource', type: 'datasource'})
    for (const {targets = []} of panels) {
      for (const {datasource} of targets) expect(datasource.uid).toBe(`\${datasource}`)
    }
  })
})

describe('the alerts', () => {
  const rules = alertRules()
  const rows = [...readText('docs/operations.md').matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell)

  it('are all read by this test', () => {
    expect(rules).toHaveLength(readText('monitoring/alerts.yml').match(/\bexpr:/g)?.length ?? 0)
    expect(new Set(rules.map(({name}) => name)).size).toBe(rules.length)
  })

  it.each(rules)('$name says how bad it is, what it is and what to do', ({fields}) => {
    expect(fields.for).toMatch(/^\d+[mhd]$/)
    expect(fields.severity).toMatch(/^(critical|warning)$/)
    expect(fields.summary).toMatch(/^\S.{10,}/)
    expect(fields.description).toMatch(/^\S.{20,}\.$/)
    expect(rows.map((row) => `docs/operations.md: ${row}`)).toContain(fields.runbook)
  })

  it.each(rules)('$name is tried by promtool and told of in the documentation', ({name, fields}) => {
    expect(readText('monitoring/alerts.test.yml')).toContain(`- name: ${name}\n`)
    expect(readText('docs/monitoring.md')).toContain(`| \`${name}\` | ${fields.severity} |`)
  })
})

it('the documentation scrapes the ports of the units', () => {
  const text = readText('docs/monitoring.md')
  for (const {name, metricsPort} of daemons) expect(text).toContain(`| ${name} | ${metricsPort} |`)
})
