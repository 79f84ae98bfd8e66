import {type Api, contentsOf} from './api.js'
import {Autosecondaries} from './autosecondaries.js'
import {type RowResult, summaries, target, type Way} from './results.js'
import type {System} from './system.js'
import type {Watcher} from './watcher.js'

export interface ZonesRow {
  zones: number
  records: number
  clients: number
  rounds: number
}

type Create = (zone: string) => Promise<void>

interface Work {
  watchers: readonly Watcher[]
  create: Create
}

interface Plan {
  way: Way
  /** Undefined where this machine cannot do it. */
  work?: Work
}

const AUTOSECONDARY = 'autosecondary + NOTIFY'
const FLOOR = "floor: the primary's API alone"
const PATIENCE_MS = 120_000

/** Many zones created at once, the ways in turn; the time until the last one is served everywhere. */
export async function zonesRow(system: System, row: ZonesRow): Promise<RowResult> {
  const autosecondaries = await Autosecondaries.start()
  const contents = (zone: string) => contentsOf(zone, row.records)
  const watchers = system.secondaries.map(({watcher}) => watcher)
  const plans: Plan[] = [
    plan('pdist', watchers, (zone) => system.proxy.createZone(zone, 'Native', contents(zone))),
    typeof autosecondaries === 'string'
      ? {way: {name: AUTOSECONDARY, samples: [], note: autosecondaries}}
      : plan(AUTOSECONDARY, autosecondaries.watchers, notified(autosecondaries.primary, contents)),
    plan('script over three APIs', watchers, scripted(system, contents)),
    plan(FLOOR, [], (zone) => system.primary.createZone(zone, 'Native', contents(zone))),
  ]
  try {
    for (let round = 0; round < row.rounds; round += 1) {
      for (const [at, plan] of plans.entries())
        await perform(plan, names(`w${at}r${round}`, row.zones), row.clients)
    }
  } finally {
    if (typeof autosecondaries !== 'string') await autosecondaries.stop()
  }
  return result(
    row,
    plans.map(({way}) => way),
  )
}

function plan(name: string, watchers: readonly Watcher[], create: Create): Plan {
  return {way: {name, samples: []}, work: {watchers, create}}
}

async function perform({way, work}: Plan, zones: readonly string[], clients: number): Promise<void> {
  if (!work) return
  try {
    way.samples.push(await measure(zones, work, clients))
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'TimeoutError')) throw error
    way.lost = (way.lost ?? 0) + 1
  }
}

function result({zones, records, clients}: ZonesRow, ways: Way[]): RowResult {
  const row: RowResult = {
    row: `${zones} zones`,
    title: `${zones} zones of ${records} records, created by ${clients} clients at once, until both serve all`,
    unit: 'ms',
    floor: FLOOR,
    ways: ways.map((each) => ({...each, ...rate(each, zones)})),
    targets: [],
  }
  const [pdist, notify] = summaries(row)
  if (pdist && notify && notify.n > 0)
    row.targets.push(target('p50 / autosecondary', pdist.p50 / notify.p50, 1))
  if (pdist?.ratio50 !== undefined)
    row.targets.push(target("p50 / the primary's API alone", pdist.ratio50, 1.2))
  return row
}

function rate({samples, note}: Way, zones: number): {note?: string} {
  if (samples.length === 0) return note === undefined ? {} : {note}
  const best = Math.min(...samples)
  return {note: `${Math.round((zones * 1000) / best)} zones/s at best`}
}

function scripted(system: System, contents: (zone: string) => ReturnType<typeof contentsOf>): Create {
  return async (zone) => {
    await system.primary.createZone(zone, 'Native', contents(zone))
    await system.everywhere(async ({api}) => {
      await api.createSecondary(zone, system.master)
      await api.retrieve(zone)
    })
  }
}

function notified(primary: Api, contents: (zone: string) => ReturnType<typeof contentsOf>): Create {
  return async (zone) => {
    await primary.createZone(zone, 'Master', contents(zone))
    await primary.notify(zone)
  }
}

async function measure(zones: readonly string[], {watchers, create}: Work, clients: number): Promise<number> {
  const started = performance.now()
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const served = watchers.map(async (watcher) => {
    // In the order of their creation: one question for each that is there already.
    for (const zone of zones) await watcher.answered(zone, signal)
  })
  const left = zones.values()
  const client = async () => {
    for (const zone of left) await create(zone)
  }
  await Promise.all([...Array.from({length: clients}, client), ...served])
  return performance.now() - started
}

function names(round: string, count: number): string[] {
  return Array.from({length: count}, (_, i) => `z${i}.${round}.example.`)
}
