import type {ErrorReport} from '../errors.js'
import {type Check, type CheckResult, type Finding, note, type Result, THEMES, themeOf} from './check.js'
import type {FactName, Facts} from './facts.js'

/** What came of asking for a fact. */
export type Fact<T> =
  | {state: 'known'; value: T}
  /** Asked for, and not got: itself a finding of the check that is about it. */
  | {state: 'failed'; error: ErrorReport}
  /** Nobody asked, because it is not configured, or hangs on something that is not known. */
  | {state: 'absent'; why: string}

/** Where facts come from; each is gathered once, however often it is asked for. Never rejects. */
export interface FactSource {
  look<N extends FactName>(name: N): Promise<Fact<Facts[N]>>
}

/** Facts that were gathered before; of others nothing is known. */
export function factsAtHand(facts: Partial<Facts>): FactSource {
  return {
    look: async (name) => {
      const value = facts[name]
      return value === undefined ? {state: 'absent', why: 'not looked at'} : {state: 'known', value}
    },
  }
}

export interface DoctorReport {
  /** The worst of all results. */
  state: 'ok' | 'warning' | 'problem'
  counts: Readonly<Record<Result, number>>
  checks: readonly CheckResult[]
}

/** Carries out all checks at once, and tells of each when it is done. */
export async function examine(
  checks: readonly Check[],
  source: FactSource,
  onDone?: (check: Check) => void,
): Promise<DoctorReport> {
  const told = new Set(checks.flatMap(({needs, failed}) => (failed ? needs : [])))
  const all = await Promise.all(
    checks.map(async (check) => {
      const results = await carryOut(check, source, told)
      onDone?.(check)
      return results
    }),
  )
  return reportOf(all.flat())
}

/** The results in the order of the themes, with their counts. */
export function reportOf(results: readonly CheckResult[]): DoctorReport {
  const counts = {ok: 0, skipped: 0, note: 0, warning: 0, problem: 0}
  for (const {result} of results) counts[result]++
  const state = counts.problem > 0 ? 'problem' : counts.warning > 0 ? 'warning' : 'ok'
  const checks = [...results].sort((a, b) => THEMES.indexOf(a.theme) - THEMES.indexOf(b.theme))
  return {state, counts, checks}
}

/** `told` are the facts whose failure is the finding of some check. */
async function carryOut(
  check: Check,
  source: FactSource,
  told: ReadonlySet<FactName>,
): Promise<CheckResult[]> {
  const facts: Partial<Record<FactName, unknown>> = {}
  for (const name of check.needs) {
    const fact = await source.look(name)
    if (fact.state === 'known') facts[name] = fact.value
    else if (fact.state === 'absent') return [skipped(check, fact.why)]
    else if (check.failed) return [lineOf(check, check.failed(fact.error))]
    else if (told.has(name)) return [skipped(check, fact.error.message)]
    else return [lineOf(check, note(`could not be looked at: ${fact.error.message}`))]
  }
  const judged = check.judge(facts as unknown as Facts)
  const findings = Array.isArray(judged) ? (judged as readonly Finding[]) : [judged as Finding]
  return findings.map((finding) => lineOf(check, finding))
}

function lineOf(check: Check, finding: Finding): CheckResult {
  return {id: check.id, theme: themeOf(check), ...finding}
}

function skipped(check: Check, why: string): CheckResult {
  return {id: check.id, theme: themeOf(check), result: 'skipped', finding: why}
}
