import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {contentsOf, txt} from './api.js'
import {floorWay, pdistWay} from './change.js'
import {cpuDuring, type Measured, processesOf} from './cpu.js'
import type {RowResult, Way} from './results.js'
import type {System} from './system.js'
import {Tap} from './tap.js'

export interface CpuRow {
  /** In each round and way. */
  changes: number
  zones: number
  rounds: number
}

interface Work {
  name: string
  count: number
  run(round: number): Promise<void>
}

const PATIENCE_MS = 60_000
const CLIENTS = 4
/** As long as a round of work may be, to know what is spent on nothing. */
const IDLE_MS = 5000
/** The second flush of the caches, and what else follows a proof, belongs to the change. */
const AFTERMATH_MS = 1500

/**
 * What one change, and one new zone, cost each process; nobody asks the name servers meanwhile, and what the processes spend
 * on nothing is taken off.
 */
export async function cpuRow(system: System, row: CpuRow): Promise<RowResult[]> {
  const processes = processesOf(system)
  const tap = await Tap.open(system.endpoints, ['pdist.receipt.>'])
  try {
    const works = await worksOf(system, tap, row)
    // New processes compile what they run: that is no cost of a change.
    for (const work of works) await work.run(-1)
    await sleep(AFTERMATH_MS)
    const idle = await perMs(processes)
    const found = new Map(works.map(({name}) => [name, processes.map((): number[] => [])]))
    for (let round = 0; round < row.rounds; round += 1) {
      for (const work of works) {
        const each = await measure(processes, work, round, idle)
        for (const [at, samples] of (found.get(work.name) ?? []).entries()) samples.push(each[at] ?? 0)
      }
    }
    return works.map(({name}) => result(name, processes, found.get(name) ?? []))
  } finally {
    await tap.close()
  }
}

async function worksOf(system: System, tap: Tap, {changes, zones}: CpuRow): Promise<Work[]> {
  await pdistWay(system, 'pdist.cpu.example.', 10)
  const floor = await floorWay(system, 'floor.cpu.example.', 10, PATIENCE_MS)
  const proofs = (zone: string) => proved(tap, system.secondaries.length, zone)
  return [
    {
      name: 'a change, pdist',
      count: changes,
      run: () =>
        times(changes, 1, async () => {
          const zone = 'pdist.cpu.example.'
          tap.take()
          await system.proxy.replace(zone, txt(`t.${zone}`, randomBytes(9).toString('hex')))
          await proofs(zone)
        }),
    },
    {
      name: 'a change, floor',
      count: changes,
      run: () =>
        times(changes, 1, async () => {
          const text = randomBytes(9).toString('hex')
          await floor.change(text)
          await system.serves(`t.${floor.zone}`, text, AbortSignal.timeout(PATIENCE_MS)).catch(floor.again)
        }),
    },
    {
      name: 'a new zone, pdist',
      count: zones,
      run: async (round) => {
        tap.take()
        await times(zones, CLIENTS, async (at) => {
          const zone = `z${at}.r${round}.cpu.example.`
          await system.proxy.createZone(zone, 'Native', contentsOf(zone, 10))
        })
        await manyProved(tap, zones * system.secondaries.length)
      },
    },
  ]
}

async function measure(
  processes: readonly Measured[],
  {count, run}: Work,
  round: number,
  idle: readonly number[],
): Promise<number[]> {
  const started = performance.now()
  const all = await cpuDuring(processes, async () => {
    await run(round)
    await sleep(AFTERMATH_MS)
  })
  const took = performance.now() - started
  return [...all.values()].map((ms, at) => Math.max(0, (ms - (idle[at] ?? 0) * took) / count))
}

/** What each process spends in a millisecond of doing nothing. */
async function perMs(processes: readonly Measured[]): Promise<number[]> {
  const all = await cpuDuring(processes, () => sleep(IDLE_MS))
  return [...all.values()].map((ms) => ms / IDLE_MS)
}

async function proved(tap: Tap, secondaries: number, zone: string): Promise<void> {
  await until(() => tap.count((subject) => subject.endsWith(`.${zone.slice(0, -1)}`)) >= secondaries)
}

async function manyProved(tap: Tap, receipts: number): Promise<void> {
  await until(() => tap.count(() => true) >= receipts)
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not proved within ${PATIENCE_MS / 1000} s`)
    await sleep(2)
  }
}

async function times(count: number, clients: number, work: (at: number) => Promise<void>): Promise<void> {
  const left = Array.from({length: count}, (_, at) => at).values()
  const client = async () => {
    for (const at of left) await work(at)
  }
  await Promise.all(Array.from({length: clients}, client))
}

function result(name: string, processes: readonly Measured[], samples: readonly number[][]): RowResult {
  const ways = processes.map((process, at): Way => ({name: process.name, samples: samples[at] ?? []}))
  const sums = (samples[0] ?? []).map((_, round) => samples.reduce((sum, own) => sum + (own[round] ?? 0), 0))
  return {
    row: `CPU of ${name}`,
    title: `Milliseconds of CPU of each process for ${name}, beyond what it spends on nothing`,
    unit: 'ms',
    ways: [...ways, {name: 'all together', samples: sums}],
    targets: [],
  }
}
