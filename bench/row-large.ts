import {forgetPeak, memoryOf} from './memory.js'
import {type RowResult, target} from './results.js'
import {changeRow} from './row-change.js'
import type {System} from './system.js'

const PEAK_AT_MOST_MB = 300
const MOVERS = new Set(['zone-provider', 'syncer'])

/** One change in a large zone, and the memory that it takes where the whole zone passes. */
export async function largeRow(system: System, records: number, changes: number): Promise<RowResult[]> {
  const movers = system.endpoints.daemons.filter(({role}) => MOVERS.has(role))
  await Promise.all(movers.map(({pid}) => forgetPeak(pid ?? 0)))
  const row = `${records} records`
  const measured = await changeRow(system, {
    row,
    title: `One record changed in a zone of ${records} records, until both secondaries answer with it`,
    records,
    changes,
    notifies: 0,
    targets: {p50: 1.2},
  })
  const ways = await Promise.all(
    movers.map(async ({name, pid}) => ({name, samples: [(await memoryOf(pid ?? 0)).peak]})),
  )
  const largest = Math.max(...ways.flatMap(({samples}) => samples))
  const title = `The most resident memory of each daemon while zones of ${records} records are made and changed`
  const targets = [target('largest peak, MB', largest, PEAK_AT_MOST_MB)]
  return [measured, {row: `${row}, memory`, title, unit: 'MB', ways, targets}]
}
