import type {ImportPlan} from '../sync/import/plan-import.js'
import {diffLines} from './zone-diff.js'

/** What an import would change, as a unified diff. */
export function importLines({differences}: ImportPlan, {color}: {color: boolean}): Generator<string> {
  return diffLines({between: ['primary', 'file'], differences, color})
}

/** One line. */
export function importSummary({zone, do: action, differences, records}: ImportPlan): string {
  const skipped =
    records.skipped > 0 ? `; DNSSEC records of the file are left to the primary: ${records.skipped}` : ''
  if (action === 'nothing') return `${zone}: nothing to do, the primary has what the file has${skipped}`
  const changes = `RRsets that differ: ${differences.length}, records: +${records.added} -${records.removed}`
  return `${zone}: ${action === 'create' ? 'to be created; ' : ''}${changes}${skipped}`
}

export function importQuestion({zone, do: action, records}: ImportPlan, {loss}: {loss: boolean}): string {
  if (action === 'create') return `Create ${zone} on the primary?`
  if (loss)
    return `${zone} would be left with ${records.after} of ${records.before} records. Change it on the primary?`
  return `Change ${zone} on the primary?`
}
