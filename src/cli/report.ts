import {ExitError} from '@oclif/core/errors'
import type {ErrorReport} from '../lib/errors.js'

/** What the exit codes mean, besides 0 for done; `pdist health` has more. */
export const NOT_DONE = 1
export const NOT_UNDERSTOOD = 2
/** The code of everything that was not understood. */
export const USAGE = 'PDIST_USAGE'

/** Writes an error to stderr: as text with the next steps, or as one line of JSON. */
export function writeReport(report: ErrorReport, asJson: boolean): void {
  process.stderr.write(asJson ? `${JSON.stringify(report)}\n` : formatReport(report))
}

/** Ends the process, after it was told why. */
export function notUnderstood(report: ErrorReport, asJson: boolean, exitCode = NOT_UNDERSTOOD): never {
  writeReport(report, asJson)
  throw new ExitError(exitCode)
}

/** Whether `--json` is among the arguments, understood or not; what follows `--` is none of ours. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}

function formatReport({code, message, hints}: ErrorReport): string {
  const steps = hints.map((hint) => `  -> ${hint}\n`).join('')
  return `Error ${code}: ${message}\n${steps}`
}
