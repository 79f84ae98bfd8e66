import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

export const MONITORING = fileURLToPath(new URL('../../../monitoring/', import.meta.url))

/** A query, where it is from, and the labels that its legend names. */
export interface Query {
  readonly where: string
  readonly expr: string
  readonly legend: readonly string[]
}

export interface AlertRule {
  readonly name: string
  readonly expr: string
  /** `for`, `severity`, `summary`, `description`, `runbook`. */
  readonly fields: Readonly<Record<string, string>>
}

interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: ReadonlyArray<{expr: string; legendFormat: string; datasource: {uid: string}}>
}

export interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: {list: ReadonlyArray<{name: string; type: string; definition?: string}>}
}

export function readText(name: string): string {
  return readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')
}

export function dashboard(): Dashboard {
  return JSON.parse(readText('monitoring/grafana-dashboard.json')) as Dashboard
}

export function dashboardQueries(): Query[] {
  return dashboard().panels.flatMap(({title, targets = []}) =>
    targets.map(({expr, legendFormat}) => ({
      where: title,
      expr,
      legend: namesIn(legendFormat, /{{(\w+)}}/g),
    })),
  )
}

export function alertQueries(): Query[] {
  return alertRules().map(({name, expr, fields}) => ({
    where: name,
    expr,
    legend: namesIn(Object.values(fields).join('\n'), /\$labels\.(\w+)/g),
  }))
}

/** Reads what the file is made of, and no other YAML; promtool says whether it is right. */
export function alertRules(text = readText('monitoring/alerts.yml')): AlertRule[] {
  const [, ...rules] = text.split(/^ {6}- alert: /m)
  return rules.map((rule) => {
    const [name = '', ...lines] = rule.split('\n')
    const expr = lines
      .filter((line) => /^ {10}[^ ]/.test(line) && !FIELD.test(line))
      .map((line) => line.trim())
    const fields = lines.flatMap((line) => {
      const [, key, value] = FIELD.exec(line) ?? []
      return key && value ? [[key, unquoted(value)] as const] : []
    })
    return {name, expr: expr.join('\n'), fields: Object.fromEntries(fields)}
  })
}

const FIELD = /^ +(for|severity|summary|description|runbook): (.+)$/

/** A plain scalar, or a quoted one, in which YAML escapes nothing that is used here but the single quote. */
function unquoted(value: string): string {
  if (value.startsWith('"')) return JSON.parse(value) as string
  return value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, name]) => (name ? [name] : []))
}
