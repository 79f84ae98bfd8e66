import {rm} from 'node:fs/promises'
import {findBinaries} from '../src/lib/lab/binaries.js'
import type {LabPlan} from '../src/lib/lab/plan.js'
import {prepareStore, sqliteFile} from '../src/lib/lab/powerdns.js'
import {type FilledSystem, filledZone, startFilled} from './filled.js'
import {type RowResult, summaries, target, type Way} from './results.js'
import {Store} from './store.js'
import type {Secondary, System} from './system.js'

const FLOOR = 'floor: transfers ordered directly'
/** More calls at once only take PowerDNS the time that its transfers need. */
const CLIENTS = 8
const PATIENCE_MS = 900_000
/** At least 0.8 times the rate. */
const AT_MOST = 1 / 0.8

interface Rebuilt {
  secondary: Secondary
  zones: readonly string[]
  signal: AbortSignal
}

/** An empty secondary until it serves all zones: by its syncer, and by a script that has the same PowerDNS transfer them. */
export async function bootstrapRow(
  {zones: count, rounds}: {zones: number; rounds: number},
  signal: AbortSignal,
): Promise<RowResult> {
  const filled = await startFilled({zones: count, served: false, cache: true, signal})
  const {system} = filled
  const pdist: Way = {name: 'pdist', samples: []}
  const floor: Way = {name: FLOOR, samples: []}
  try {
    const secondary = system.secondaries[0]
    if (!secondary) throw new Error('there is no secondary')
    const work = {secondary, zones: Array.from({length: count}, (_, i) => filledZone(i)), signal}
    for (let round = 0; round < rounds; round += 1) {
      await empty(filled, secondary.name)
      floor.samples.push(await direct(system, work))
      await empty(filled, secondary.name)
      pdist.samples.push(await bySyncer(system, work))
    }
  } finally {
    await system.stop()
  }
  return result(count, [pdist, floor])
}

/** PowerDNS with nothing in it, and a syncer that nobody remembers; it does not run. */
async function empty({system, plan}: FilledSystem, name: string): Promise<void> {
  const server = system.part(name)
  await server.stop()
  const {secondary, stateDir} = planned(plan, name)
  const file = sqliteFile(secondary)
  await Promise.all([file, `${file}-wal`, `${file}-shm`].map((each) => rm(each, {force: true})))
  await prepareStore(plan, secondary, await findBinaries('gsqlite3'))
  await rm(`${stateDir}/accepted-${name}`, {force: true})
  await using store = await Store.open(system.endpoints)
  await store.forget(name)
  await server.start()
}

function planned(plan: LabPlan, name: string) {
  const daemon = plan.daemons.find(({secondary}) => secondary?.name === name)
  if (!daemon?.secondary) throw new Error(`the lab has no secondary ${name}`)
  return {secondary: daemon.secondary, stateDir: daemon.stateDir}
}

async function bySyncer(system: System, work: Rebuilt): Promise<number> {
  const syncer = system.part(`syncer-${work.secondary.name}`)
  try {
    return await timed(work, () => syncer.start(work.signal))
  } finally {
    await syncer.stop()
  }
}

async function direct(system: System, work: Rebuilt): Promise<number> {
  const {api} = work.secondary
  const left = work.zones.values()
  const client = async () => {
    for (const zone of left) {
      await api.createSecondary(zone, system.master)
      await api.retrieve(zone)
    }
  }
  return await timed(work, async () => {
    await Promise.all(Array.from({length: CLIENTS}, client))
  })
}

async function timed({secondary, zones, signal}: Rebuilt, work: () => Promise<void>): Promise<number> {
  const either = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  const started = performance.now()
  const served = async () => {
    for (const zone of zones) await secondary.watcher.answered(zone, either)
  }
  await Promise.all([work(), served()])
  return performance.now() - started
}

function result(zones: number, ways: readonly Way[]): RowResult {
  const rated = ways.map((way) => ({
    ...way,
    note: `${Math.round((zones * 1000) / Math.min(...way.samples))} zones/s at best`,
  }))
  const row: RowResult = {
    row: `new secondary, ${zones} zones`,
    title: `A secondary with nothing, until it serves ${zones} zones`,
    unit: 'ms',
    floor: FLOOR,
    ways: rated,
    targets: [],
  }
  const ratio = summaries(row)[0]?.ratio50
  return ratio === undefined ? row : {...row, targets: [target('p50 / floor', ratio, AT_MOST)]}
}
