import {execFileSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Metrics} from '../../src/lib/metrics/metrics.js'
import {dashboardQueries, MONITORING} from '../support/monitoring/files.js'
import {DAEMONS} from '../support/monitoring/promql.js'

const PROMTOOL = process.env.PROMTOOL ?? 'promtool'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pdist-promtool-'))
})
afterAll(() => rmSync(folder, {recursive: true}))

/** What it says; throws with that where it is not content. */
function promtool(command: readonly string[], input = ''): string {
  return execFileSync(PROMTOOL, command, {input, encoding: 'utf8', cwd: MONITORING, timeout: 280_000})
}

it.each(DAEMONS)('the metrics of the %s follow the conventions', async (daemon) => {
  const {text} = await new Metrics(daemon).scrape()
  expect(promtool(['check', 'metrics'], text)).toBe('')
})

it('a metric that breaks them is told', () => {
  const wrong = '# HELP pdist_wrong_total x\n# TYPE pdist_wrong_total gauge\npdist_wrong_total 1\n'
  expect(() => promtool(['check', 'metrics'], wrong)).toThrow('_total')
})

describe('the alert rules', () => {
  it('are right', () => {
    expect(promtool(['check', 'rules', '--lint-fatal', 'alerts.yml'])).toContain('SUCCESS')
  })

  it('fire when they should, and only then', () => {
    expect(promtool(['test', 'rules', 'alerts.test.yml'])).toContain('SUCCESS')
  })
})

it('the queries of the dashboard are right', () => {
  const rules = dashboardQueries().map(({expr}, i) => {
    const query = expr.replaceAll('$__rate_interval', '1m').replaceAll('$secondary', '.*')
    return {record: `panel:query:${i}`, expr: query}
  })
  const file = join(folder, 'panels.yml')
  // JSON is YAML, too.
  writeFileSync(file, JSON.stringify({groups: [{name: 'panels', rules}]}))
  expect(promtool(['check', 'rules', file])).toContain(`SUCCESS: ${rules.length} rules found`)
})
