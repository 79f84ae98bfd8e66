import type {ImportPlan} from '../sync/import/plan-import.js'
import {diffLines} from './zone-diff.js'

/** What an import would change, as a unified diff. */
export function importLines({differences}: ImportPlan, {color}: {color: boolean}): Generator<string> {
  return diffLines({between: ['primary', 'file'], differences, color})
}

/** One line. */
export function importSummary({zone, do: action, differences, records}: ImportPlan): string {
  const skipped =
    records.skipped > 0 ? `; ${records.skipped} DNSSEC records of the file left to the primary` : ''
  if (action === 'nothing')
    return `${zone}: nothing to do, the primary has these ${records.after} records${skipped}`
  const changes = `${records.added} records added, ${records.removed} removed in ${differences.length} RRsets`
  return `${zone}: ${action === 'create' ? 'to be created, ' : ''}${changes}${skipped}`
}

export function importQuestion({zone, do: action, records}: ImportPlan, {loss}: {loss: boolean}): string {
  if (action === 'create') return `Create ${zone} on the primary?`
  if (loss)
    return `${zone} would be left with ${records.after} of ${records.before} records. Change it on the primary?`
  return `Change ${zone} on the primary?`
}
