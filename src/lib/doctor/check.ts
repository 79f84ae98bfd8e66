import type {ErrorReport} from '../errors.js'
import type {FactName, Facts} from './facts.js'

/** In the order in which they are shown. */
export const THEMES = [
  'machine',
  'broker',
  'streams',
  'daemons',
  'secondaries',
  'primary',
  'secondary',
  'ports',
  'probe',
] as const
export type Theme = (typeof THEMES)[number]

/** From the best to the worst; what is skipped says nothing. */
export type Result = 'ok' | 'skipped' | 'note' | 'warning' | 'problem'

/** What a check sees in the facts. */
export interface Finding {
  result: Exclude<Result, 'skipped'>
  /** Which one, where a check looks at several of a kind: a secondary, a stream, a file. */
  about?: string
  /** With the value that was seen. */
  finding: string
  /** What to do about it; there whenever the result is a warning or a problem. */
  fix?: string
}

/** One line of the report; `id` is stable. */
export interface CheckResult extends Omit<Finding, 'result'> {
  id: string
  theme: Theme
  result: Result
}

/**
 * One thing that goes wrong in practice. It sees only known facts: where one that it needs cannot be known, it is skipped,
 * unless `failed` makes just this its finding.
 */
export interface Check {
  id: `${Theme}.${string}`
  needs: readonly FactName[]
  judge(facts: Facts): Finding | readonly Finding[]
  failed?(error: ErrorReport): Finding
}

/** Types the facts by the names of those that are needed. */
export function check<const N extends FactName>(definition: {
  id: Check['id']
  needs: readonly N[]
  judge(facts: Pick<Facts, N>): Finding | readonly Finding[]
  failed?(error: ErrorReport): Finding
}): Check {
  return definition
}

export function themeOf({id}: Pick<Check, 'id'>): Theme {
  return id.slice(0, id.indexOf('.')) as Theme
}

export function ok(finding: string, about?: string): Finding {
  return {result: 'ok', finding, ...(about === undefined ? {} : {about})}
}

export function note(finding: string, about?: string): Finding {
  return {result: 'note', finding, ...(about === undefined ? {} : {about})}
}

export function warning(finding: string, fix: string, about?: string): Finding {
  return {result: 'warning', finding, fix, ...(about === undefined ? {} : {about})}
}

export function problem(finding: string, fix: string, about?: string): Finding {
  return {result: 'problem', finding, fix, ...(about === undefined ? {} : {about})}
}

/** A failure as a problem, with its own hints as the fix, or else the given one. */
export function failure({message, hints}: ErrorReport, fix: string): Finding {
  return problem(message, hints.length > 0 ? hints.join('; ') : fix)
}

/** What is wrong with some of them; or, where nothing is, one line for all. */
export function orElse(wrong: readonly Finding[], fine: string): readonly Finding[] {
  return wrong.length > 0 ? wrong : [ok(fine)]
}
