import type {RowResult} from './results.js'
import {bootstrapRow} from './row-bootstrap.js'
import {burstRow} from './row-burst.js'
import {changeRow} from './row-change.js'
import {comparisonRow} from './row-comparison.js'
import {cpuRow} from './row-cpu.js'
import {fanoutRow} from './row-fanout.js'
import {largeRow} from './row-large.js'
import {memoryRow} from './row-memory.js'
import {messagesRow} from './row-messages.js'
import {mirrorRow} from './row-mirror.js'
import {presentRow} from './row-present.js'
import {proxyRow} from './row-proxy.js'
import {quietRow} from './row-quiet.js'
import {restartRow} from './row-restart.js'
import {startRow} from './row-start.js'
import {steadyRow} from './row-steady.js'
import {stepsRow} from './row-steps.js'
import {zonesRow} from './row-zones.js'
import type {System} from './system.js'

export interface PlannedRow {
  name: string
  /** PowerDNS's default caches, or none. */
  cache: boolean
  /** Only with --full, or where it is asked for. */
  long?: boolean
  /** Aborted where the run is interrupted: what the row started besides the system is its own to end. */
  run(system: System, signal: AbortSignal): Promise<RowResult[]>
}

const ONE_CHANGE = {records: 10, targets: {p50: 1.5, p99: 3}}

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
    ...moreRows(full),
    large('20k', 20_000, full ? 50 : 5),
    large('200k', 200_000, full ? 10 : 3),
    {...large('1m', 1_000_000, full ? 3 : 1), long: true},
    ...costRows(full),
    ...simulatedRows(full),
    ...filledRows(full),
    {name: 'memory', cache: true, run: async (system) => [await memoryRow(system)]},
  ]
}

function moreRows(full: boolean): PlannedRow[] {
  const quiet = {zones: 4, records: 20_000, rounds: full ? 3 : 1, seconds: full ? 20 : 8}
  const load = {zones: 50, perSecond: 50, seconds: full ? 60 : 10}
  const steady = {...load, warmUpSeconds: full ? 20 : 4, singles: full ? 100 : 20}
  const proxy = {calls: full ? 500 : 100, rounds: full ? 20 : 5, clients: 8}
  return [
    {name: 'quiet', cache: true, run: async (system) => [await quietRow(system, quiet)]},
    {name: 'steady', cache: true, run: async (system) => [await steadyRow(system, steady)]},
    {name: 'proxy', cache: true, run: (system) => proxyRow(system, proxy)},
    {name: 'start', cache: true, run: async (system) => [await startRow(system, full ? 30 : 10)]},
  ]
}

function large(name: string, records: number, changes: number): PlannedRow {
  return {name, cache: true, run: (system) => largeRow(system, records, changes)}
}

/** Each has systems of its own, with many zones in them. */
function filledRows(full: boolean): PlannedRow[] {
  const present = {sizes: full ? [1, 10_000, 100_000] : [1, 2000], changes: full ? 500 : 50}
  const bootstrap = {zones: full ? 10_000 : 500, rounds: full ? 3 : 1}
  return [
    {name: 'present', cache: true, run: async (_, signal) => [await presentRow(present, signal)]},
    {name: 'bootstrap', cache: true, run: async (_, signal) => [await bootstrapRow(bootstrap, signal)]},
    {name: 'restart', cache: true, run: (_, signal) => restartRow(full ? 100_000 : 2000, signal)},
  ]
}

/** Secondaries without a PowerDNS of their own. */
function simulatedRows(full: boolean): PlannedRow[] {
  return [
    {
      name: 'fanout',
      cache: true,
      run: (_, signal) =>
        fanoutRow({sizes: [10, 50, 100], changes: full ? 50 : 10, rounds: full ? 3 : 1}, signal),
    },
    {
      name: 'comparison',
      cache: true,
      run: (_, signal) =>
        comparisonRow(
          full ? {zones: 100_000, secondaries: 10, rounds: 20} : {zones: 10_000, secondaries: 3, rounds: 5},
          signal,
        ),
    },
  ]
}

/** What one change is made of, and costs. */
function costRows(full: boolean): PlannedRow[] {
  return [
    {
      name: 'cpu',
      cache: true,
      run: (system) =>
        cpuRow(system, {changes: full ? 500 : 100, zones: full ? 500 : 100, rounds: full ? 5 : 1}),
    },
    {name: 'messages', cache: true, run: async (system) => [await messagesRow(system, full ? 200 : 30)]},
    {name: 'steps', cache: true, run: async (_, signal) => [await stepsRow(full ? 500 : 100, signal)]},
    {
      name: 'mirror',
      cache: true,
      run: () => mirrorRow({readers: 10, changes: full ? 300 : 50, rounds: full ? 5 : 2}),
    },
  ]
}
