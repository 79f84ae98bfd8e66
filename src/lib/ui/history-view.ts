import type {Cause, Proof, VersionRecord} from '../sync/watch/version-history.js'
import {lasting, moment} from './moment.js'
import {type Column, tableLines} from './table.js'

const COLUMNS: readonly Column[] = [
  {head: 'STORED'},
  {head: 'REVISION', align: 'right'},
  {head: 'SERIAL', align: 'right'},
  {head: 'BECAUSE'},
  {head: 'SERVED BY'},
]

/** The versions of one zone, a line each, in the order in which they are given. */
export function historyLines(versions: readonly VersionRecord[]): string[] {
  if (versions.length === 0) return []
  return tableLines(COLUMNS, versions.map(cells))
}

function cells({time, revision, outcome, serial, causes, served, error}: VersionRecord): string[] {
  return [
    time === undefined ? 'before that' : moment(time),
    String(revision ?? '-'),
    outcome === 'deleted' ? 'deleted' : String(serial ?? '-'),
    because(causes),
    outcome === 'failed'
      ? `not stored: ${error?.message ?? 'no reason given'}`
      : served.map(proofWords).join(', ') || '-',
  ]
}

function because(causes: readonly Cause[]): string {
  const last = causes.at(-1)
  if (!last) return '-'
  const more = causes.length > 1 ? ` and ${causes.length - 1} more` : ''
  return `${last.call ?? `${last.source} (${last.verb})`}${more}`
}

function proofWords({secondary, outcome, ms, time, error}: Proof): string {
  const when = ms === undefined ? moment(time) : `+${lasting(ms)}`
  return outcome === 'failed' ? `${secondary} failed (${error?.code ?? ''})` : `${secondary} ${when}`
}
