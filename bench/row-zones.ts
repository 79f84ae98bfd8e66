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

const PATIENCE_MS = 300_000

/** Many zones created at once, the ways in turn; the time until the last one is served everywhere. */
export async function zonesRow(system: System, row: ZonesRow): Promise<RowResult> {
  const by = {
    pdist: way('pdist'),
    notify: way('autosecondary + NOTIFY'),
    script: way('script over three APIs'),
  }
  const floor = way("floor: the primary's API alone")
  const watchers = system.secondaries.map(({watcher}) => watcher)
  const autosecondaries = await Autosecondaries.start()
  try {
    for (let round = 0; round < row.rounds; round += 1) {
      const zones = (name: string) => names(`${name}${round}`, row.zones)
      const contents = (zone: string) => contentsOf(zone, row.records)
      floor.samples.push(
        await measure(zones('alone'), [], row, (zone) =>
          system.primary.createZone(zone, 'Native', contents(zone)),
        ),
      )
      by.pdist.samples.push(
        await measure(zones('pdist'), watchers, row, (zone) =>
          system.proxy.createZone(zone, 'Native', contents(zone)),
        ),
      )
      by.script.samples.push(await measure(zones('script'), watchers, row, scripted(system, contents)))
      if (typeof autosecondaries === 'string') by.notify.note = autosecondaries
      else {
        const {primary} = autosecondaries
        by.notify.samples.push(
          await measure(zones('auto'), autosecondaries.watchers, row, notified(primary, contents)),
        )
      }
    }
  } finally {
    if (typeof autosecondaries !== 'string') await autosecondaries.stop()
  }
  return result(row, [by.pdist, by.notify, by.script, floor])
}

function way(name: string): Way {
  return {name, samples: []}
}

function result({zones, records, clients}: ZonesRow, ways: Way[]): RowResult {
  const row: RowResult = {
    row: `${zones} zones`,
    title: `${zones} zones of ${records} records, created by ${clients} clients at once, until both serve all`,
    unit: 'ms',
    floor: ways.at(-1)?.name ?? '',
    ways: ways.map((each) => ({...each, ...rate(each, zones)})),
    targets: [],
  }
  const [pdist, notify] = summaries(row)
  if (pdist && notify && notify.n > 0)
    row.targets = [target('p50 / autosecondary', pdist.p50 / notify.p50, 1)]
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

async function measure(
  zones: readonly string[],
  watchers: readonly Watcher[],
  {clients}: ZonesRow,
  create: Create,
): Promise<number> {
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
