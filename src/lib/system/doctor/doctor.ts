import type {DemandingSection} from '../../config/schema.js'
import {checksFor, type DoctorRole} from '../../doctor/checks.js'
import {type DoctorReport, examine} from '../../doctor/examine.js'
import {brokerFacts} from './broker-facts.js'
import {DoctorContext, type DoctorInput} from './context.js'
import {FactBook, type Gatherers} from './fact-book.js'
import {machineFacts} from './machine-facts.js'
import {localFacts, primaryFacts} from './powerdns-facts.js'

export interface DoctorOptions extends DoctorInput {
  /** Told before the first check, with 0, and after each. */
  onProgress?(done: number, of: number): void
  signal: AbortSignal
}

const gatherers: Gatherers<DoctorContext> = {...machineFacts, ...brokerFacts, ...primaryFacts, ...localFacts}

/** Of one fact; a broker that is away takes 5 seconds to be known as such. */
const LIMIT_MS = 10_000

/**
 * Carries out every check for a machine of these roles. What is away is a finding, never an error; rejects only with the
 * signal's reason.
 */
export async function consultDoctor(options: DoctorOptions): Promise<DoctorReport> {
  const {roles, probe, probeTimeoutMs, onProgress, signal} = options
  const checks = checksFor(roles, {probe: probe !== undefined})
  await using context = new DoctorContext(options)
  const limitMs = Math.max(LIMIT_MS, probe === undefined ? 0 : probeTimeoutMs + 1_000)
  const book = new FactBook({gatherers, context, limitMs, signal})
  let done = 0
  onProgress?.(done, checks.length)
  return await examine(checks, book, () => onProgress?.(++done, checks.length))
}

/** The sections that a machine of these roles must have. */
export function needsOf(roles: readonly DoctorRole[]): DemandingSection[] {
  return roles.filter((role) => role !== 'operator')
}

/** What a machine is, by the sections of its configuration that are complete. */
export function rolesOf(sections: {primary?: unknown; secondary?: unknown} | undefined): DoctorRole[] {
  const roles: DoctorRole[] = []
  if (sections?.primary !== undefined) roles.push('primary')
  if (sections?.secondary !== undefined) roles.push('secondary')
  return roles.length > 0 ? roles : ['operator']
}
