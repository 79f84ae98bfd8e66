import type {Stored} from '../zone/version.js'
import {type Column, streamedTable} from './table.js'

export interface ZoneListRow {
  zone: string
  state: 'present' | 'deleted'
  serial?: number
  records?: number
  /** With DNSSEC. */
  signed?: boolean
  /** The id of the key with which a zone-provider signed this state (`pdist keys`); absent where none did. */
  signingKey?: string
  /** When the version was taken from the primary, ISO 8601. */
  at: string
  revision: number
}

/** So many zones are put in the order of their names; a larger store is told as it is read, and nobody holds it. */
const SORTED_ZONES = 5000
/** Then so many are told at once. */
const BATCH = 500

/** Rows of the states, in batches, the first one sorted by name. */
export async function* zoneListRows(
  states: AsyncIterable<Stored>,
  {deleted, sorted = SORTED_ZONES}: {deleted: boolean; sorted?: number},
): AsyncGenerator<ZoneListRow[]> {
  let batch: ZoneListRow[] = []
  let isFirst = true
  for await (const state of states) {
    if (state.kind !== 'version' && !deleted) continue
    if (batch.push(rowOf(state)) < (isFirst ? sorted : BATCH)) continue
    yield isFirst ? batch.sort(byName) : batch
    batch = []
    isFirst = false
  }
  if (isFirst || batch.length > 0) yield isFirst ? batch.sort(byName) : batch
}

/** A table with a line for each zone. */
export function zoneTable(rows: AsyncIterable<ZoneListRow[]>): AsyncGenerator<string[]> {
  const columns: Column[] = [
    {head: 'ZONE'},
    {head: 'SERIAL', align: 'right'},
    {head: 'RECORDS', align: 'right'},
    {head: 'SIGNED'},
    {head: 'SINCE'},
  ]
  return streamedTable(columns, cellsOf(rows))
}

/** The text of a JSON array, a line for each row. */
export async function* jsonArray(batches: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  let before = '['
  for await (const batch of batches) {
    if (batch.length === 0) continue
    yield before + batch.map((row) => `\n  ${JSON.stringify(row)}`).join(',')
    before = ','
  }
  yield before === '[' ? '[]\n' : '\n]\n'
}

async function* cellsOf(rows: AsyncIterable<ZoneListRow[]>): AsyncGenerator<string[][]> {
  for await (const batch of rows) yield batch.map(cells)
}

function byName(one: ZoneListRow, other: ZoneListRow): number {
  return one.zone < other.zone ? -1 : 1
}

function rowOf(state: Stored): ZoneListRow {
  const {zone, revision} = state
  const at = new Date(state.at).toISOString()
  const common = {at, revision, ...(state.signed ? {signingKey: state.signed.key} : {})}
  if (state.kind === 'tombstone') return {zone, state: 'deleted', ...common}
  const {fingerprint, records} = state
  const signed = fingerprint.signatures.length > 0
  return {zone, state: 'present', serial: fingerprint.serial, records, signed, ...common}
}

function cells({zone, state, serial, records, signed, at}: ZoneListRow): string[] {
  if (state === 'deleted') return [zone, '-', '-', 'deleted', at]
  return [zone, String(serial), String(records), signed ? 'yes' : 'no', at]
}
