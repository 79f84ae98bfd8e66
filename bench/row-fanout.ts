import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {zoneName} from '../src/lib/dns/name.js'
import {contentsOf, txt} from './api.js'
import {cpuDuring} from './cpu.js'
import {FanoutSystem} from './fanout-system.js'
import {type RowResult, target, type Way} from './results.js'
import {percentilesOf} from './statistics.js'

export interface FanoutRow {
  /** Of simulated secondaries, the smallest first. */
  sizes: readonly number[]
  /** Changes to one zone, in each round and for each size. */
  changes: number
  rounds: number
}

interface Size {
  size: number
  last: number[]
  first: number[]
  transfers: number[]
  /** By process: milliseconds for each change, beyond what is used at rest. */
  cpu: Map<string, number[]>
  /** By process: milliseconds in a second without changes. */
  idle: Map<string, number[]>
}

const ZONE = zoneName('fanout.example.')
const WARM_UP = 3
/** What the secondaries do after their receipt would be in the way of the next change: here they all share one machine. */
const BETWEEN_MS = 250
const IDLE_MS = 5000

/** One change of one zone, until each of many secondaries has proved it; the sizes in turn. */
export async function fanoutRow(row: FanoutRow, signal: AbortSignal): Promise<RowResult[]> {
  const system = await FanoutSystem.start(signal)
  try {
    await system.proxy.createZone(ZONE, 'Native', contentsOf(ZONE, 10))
    const sizes = row.sizes.map(
      (size): Size => ({size, last: [], first: [], transfers: [], cpu: new Map(), idle: new Map()}),
    )
    for (let round = 0; round < row.rounds; round += 1) {
      for (const size of sizes) await measure(system, size, row.changes, signal)
    }
    return resultsOf(sizes)
  } finally {
    await system.stop()
  }
}

async function measure(
  system: FanoutSystem,
  {size, last, first, transfers, cpu, idle}: Size,
  changes: number,
  signal: AbortSignal,
): Promise<void> {
  await system.resize(size, ZONE, signal)
  for (let i = 0; i < WARM_UP; i += 1) await change(system, signal)
  const quiet = await cpuDuring(system.processes, () => sleep(IDLE_MS, undefined, {signal}))
  const transferred = await system.transfers()
  const began = performance.now()
  const busy = await cpuDuring(system.processes, async () => {
    for (let i = 0; i < changes; i += 1) {
      const spread = await change(system, signal)
      last.push(spread.last)
      first.push(spread.first)
    }
  })
  const ms = performance.now() - began
  transfers.push(((await system.transfers()) - transferred) / changes)
  for (const [name, used] of busy) {
    const atRest = (quiet.get(name) ?? 0) / IDLE_MS
    note(cpu, name, Math.max(0, used - atRest * ms) / changes)
    note(idle, name, atRest * 1000)
  }
}

function note(samples: Map<string, number[]>, name: string, sample: number): void {
  samples.set(name, [...(samples.get(name) ?? []), sample])
}

async function change(system: FanoutSystem, signal: AbortSignal) {
  const record = txt(`t.${ZONE}`, randomBytes(9).toString('hex'))
  const spread = await system.change(ZONE, () => system.proxy.replace(ZONE, record), signal)
  await sleep(BETWEEN_MS, undefined, {signal})
  return spread
}

function resultsOf(sizes: readonly Size[]): RowResult[] {
  const row = 'fan-out'
  const title = 'One record changed, until the receipt of the last of many simulated secondaries'
  const ways = (of: (size: Size) => number[], note?: (size: Size) => string): Way[] =>
    sizes.map((size) => ({
      name: `${size.size} secondaries`,
      samples: of(size),
      ...(note ? {note: note(size)} : {}),
    }))
  const firsts = ({first}: Size) => `first receipt p50 ${percentilesOf(first).p50.toFixed(1)} ms`
  const [smallest] = sizes
  return [
    {
      row,
      title,
      unit: 'ms',
      ...(smallest ? {floor: `${smallest.size} secondaries`} : {}),
      ways: ways(({last}) => last, firsts),
      targets: growth(sizes),
    },
    {
      row: `${row}: transfers from the primary`,
      title: `${title}: transfers from the primary for each change`,
      unit: 'count',
      ways: ways(({transfers}) => transfers),
      targets: [target('at most', Math.max(...sizes.flatMap(({transfers}) => transfers)), 1)],
    },
    cpuOf(
      `${row}: CPU for each change`,
      `${title}: CPU for each change, beyond that at rest`,
      sizes,
      (of) => of.cpu,
    ),
    cpuOf(`${row}: CPU at rest`, 'CPU in each second without a change', sizes, (of) => of.idle),
  ]
}

/** Less than linearly: less than as many times the time as there are times the secondaries. */
function growth([smallest, ...larger]: readonly Size[]) {
  if (!smallest) return []
  const least = percentilesOf(smallest.last).p50
  return larger.map(({size, last}) =>
    target(`p50 of ${size} / p50 of ${smallest.size}`, percentilesOf(last).p50 / least, size / smallest.size),
  )
}

function cpuOf(
  row: string,
  title: string,
  sizes: readonly Size[],
  of: (size: Size) => ReadonlyMap<string, number[]>,
): RowResult {
  const ways = sizes.flatMap((size) =>
    [...of(size)].map(([name, samples]) => ({name: `${name}, ${size.size} secondaries`, samples})),
  )
  return {row, title, unit: 'ms', ways, targets: []}
}
