import type {RowResult} from './results.js'
import {burstRow} from './row-burst.js'
import {changeRow} from './row-change.js'
import {memoryRow} from './row-memory.js'
import {zonesRow} from './row-zones.js'
import type {System} from './system.js'

export interface PlannedRow {
  name: string
  /** PowerDNS's default caches, or none. */
  cache: boolean
  run(system: System): Promise<RowResult[]>
}

const ONE_CHANGE = {records: 10, targets: {p50: 2, p99: 4}}

/** The rows, in the order in which they are run; those with the same caches share a system. */
export function plannedRows({full}: {full: boolean}): PlannedRow[] {
  const changes = full ? 1000 : 150
  const notifies = full ? 60 : 10
  return [
    {
      name: 'uncached',
      cache: false,
      run: async (system) => [
        await changeRow(system, {
          ...ONE_CHANGE,
          row: 'one change, caches off',
          title: 'One record changed, until both secondaries answer with it; PowerDNS without caches',
          changes,
          notifies,
        }),
      ],
    },
    {
      name: 'change',
      cache: true,
      run: async (system) => [
        await changeRow(system, {
          ...ONE_CHANGE,
          row: 'one change',
          title: "One record changed, until both secondaries answer with it; PowerDNS's default caches",
          changes,
          notifies,
        }),
      ],
    },
    {name: 'burst', cache: true, run: (system) => burstRow(system, 500, full ? 5 : 1)},
    {
      name: 'zones',
      cache: true,
      run: async (system) => [
        await zonesRow(system, {zones: 1000, records: 10, clients: 8, rounds: full ? 5 : 1}),
      ],
    },
    largeRow('20k', 20_000, full ? 50 : 5),
    largeRow('200k', 200_000, full ? 10 : 3),
    {name: 'memory', cache: true, run: async (system) => [await memoryRow(system)]},
  ]
}

function largeRow(name: string, records: number, changes: number): PlannedRow {
  const title = `One record changed in a zone of ${records} records, until both secondaries answer with it`
  const row = `${records} records`
  return {
    name,
    cache: true,
    run: async (system) => [
      await changeRow(system, {row, title, records, changes, notifies: 0, targets: {p50: 1.5}}),
    ],
  }
}
