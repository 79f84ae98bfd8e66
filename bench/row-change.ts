import {type ChangeWay, floorWay, measureChange, notifyWay, pdistWay} from './change.js'
import {type RowResult, summaries, target, type Way} from './results.js'
import type {System} from './system.js'

/** Longer than any change that is not lost, much shorter than PowerDNS's caches. */
export const FLOOR_PATIENCE_MS = 500

export interface ChangeRow {
  row: string
  title: string
  /** Records in each zone. */
  records: number
  /** Changes that are made in each way. */
  changes: number
  /** Changes that are followed by a NOTIFY; it takes a second each. */
  notifies: number
  targets: {p50: number; p99?: number}
}

/** One change at a time, the ways in turn. */
export async function changeRow(
  system: System,
  {records, changes, notifies, ...row}: ChangeRow,
): Promise<RowResult> {
  const ways = await openWays(system, row.row, records, notifies)
  const results = ways.map(({name}): Way => ({name, samples: []}))
  for (let i = records > LARGE ? -1 : -WARM_UP; i < changes; i += 1) {
    for (const [at, way] of ways.entries()) {
      if (way.name === 'NOTIFY' && (i < 0 || i >= notifies)) continue
      const result = results[at]
      if (result) await measureChange(system, way, i < 0 ? {name: '', samples: []} : result)
    }
  }
  const measured: RowResult = {
    ...row,
    unit: 'ms',
    floor: 'floor',
    ways: results.map(withoutLost),
    targets: [],
  }
  return {...measured, targets: targetsOf(measured, row.targets)}
}

/** The first changes meet cold code in the daemons and in the benchmark itself. */
const WARM_UP = 3
/** From so many records on a change takes seconds; one is warm-up enough. */
const LARGE = 10_000

async function openWays(
  system: System,
  row: string,
  records: number,
  notifies: number,
): Promise<ChangeWay[]> {
  const zone = (way: string) => `${way}.${row.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}.example.`
  const patienceMs = FLOOR_PATIENCE_MS + records / 10
  return [
    await pdistWay(system, zone('pdist'), records),
    await floorWay(system, zone('floor'), records, patienceMs),
    ...(notifies > 0 ? [await notifyWay(system, zone('notify'), records)] : []),
  ]
}

/** The floor's own accidents would flatter whoever is compared with it. */
export function withoutLost(way: Way): Way {
  if (!way.name.startsWith('floor') || way.lost === undefined) return way
  const kept = way.samples.toSorted((a, b) => a - b).slice(0, way.samples.length - way.lost)
  const worst = Math.max(...way.samples)
  return {...way, samples: kept, note: `the late ones are left out; the worst took ${worst.toFixed(0)} ms`}
}

function targetsOf(measured: RowResult, {p50, p99}: ChangeRow['targets']) {
  const pdist = summaries(measured).find(({name}) => name === 'pdist')
  if (pdist?.ratio50 === undefined || pdist.ratio99 === undefined) return []
  return [
    target('p50 / floor', pdist.ratio50, p50),
    ...(p99 === undefined ? [] : [target('p99 / floor', pdist.ratio99, p99)]),
  ]
}
