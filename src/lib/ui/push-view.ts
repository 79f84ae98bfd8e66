import type {ListrTask} from 'listr2'
import type {ZoneName} from '../dns/name.js'
import {isAway, isProof, type PushReport, type PushRow} from '../sync/push.js'
import {printable} from './printable.js'

export interface PushShow {
  zones: readonly ZoneName[]
  secondaries: ReadonlyArray<{name: string}>
  /** Shows nothing. */
  quiet: boolean
}

export type Push = (zone: ZoneName, onProgress: (report: PushReport) => void) => Promise<PushReport>

/** Zones that are pushed at the same time. */
const CONCURRENCY = 32
/** More zones than this are counted instead of listed. */
const LISTED_ZONES = 20
/** Without a terminal. */
const TOLD_EVERY_MS = 5000

/**
 * Pushes all zones and shows how it goes: a row for each secondary, or for each zone where there are many. Rejects, once all
 * are over, as the first push that could not be made.
 */
export async function showPushes(show: PushShow, push: Push): Promise<PushReport[]> {
  const reports = new Map<ZoneName, PushReport>()
  const failures: unknown[] = []
  const pushed = async (zone: ZoneName, onProgress: (report: PushReport) => void) => {
    try {
      const report = await push(zone, onProgress)
      reports.set(zone, report)
      return report
    } catch (error) {
      failures.push(error)
      throw error
    }
  }
  if (show.quiet) await inParallel(show.zones, (zone) => pushed(zone, () => undefined))
  else if (process.stderr.isTTY) await onTerminal(show, pushed)
  else await inLines(show, pushed)
  if (failures.length > 0) throw failures[0]
  return show.zones.flatMap((zone) => reports.get(zone) ?? [])
}

/** Some at a time; a push that fails does not keep the others from being made. */
async function inParallel(
  zones: readonly ZoneName[],
  work: (zone: ZoneName) => Promise<unknown>,
): Promise<void> {
  const left = zones.values()
  const worker = async () => {
    for (const zone of left) await work(zone).catch(() => undefined)
  }
  await Promise.all(Array.from({length: CONCURRENCY}, worker))
}

async function onTerminal(show: PushShow, push: Push): Promise<void> {
  const {runOnTerminal} = await import('./stderr-tasks.js')
  const tasks =
    show.zones.length > LISTED_ZONES
      ? [counted(show.zones, push)]
      : show.zones.map((zone) => listed(zone, show, push))
  await runOnTerminal(tasks, {concurrent: CONCURRENCY, exitOnError: false})
}

/** Without a terminal: a line for each proof when it comes, and for each zone when it is over; of many zones only counts. */
async function inLines({zones}: PushShow, push: Push): Promise<void> {
  const tell = (line: string) => process.stderr.write(`${line}\n`)
  if (zones.length > LISTED_ZONES) return await inCounts(zones, push, tell)
  await inParallel(zones, async (zone) => {
    const told = new Set<string>()
    const tellRow = (row: PushRow) => {
      if (told.has(row.secondary)) return
      told.add(row.secondary)
      tell(`${zone} ${row.secondary}: ${words(row)}`)
    }
    const report = await push(zone, (progress) => progress.secondaries.filter(isProof).forEach(tellRow))
    if (!isOutOfQuestion(report)) report.secondaries.forEach(tellRow)
    tell(`${zone} ${whyNot(report) ?? 'confirmed'}`)
  })
}

async function inCounts(zones: readonly ZoneName[], push: Push, tell: (line: string) => void): Promise<void> {
  const count = new Count(zones.length)
  let toldAt = performance.now()
  await inParallel(zones, async (zone) => {
    count.add(zone, await isConfirmed(zone, push))
    if (performance.now() - toldAt < TOLD_EVERY_MS) return
    toldAt = performance.now()
    tell(count.soFar)
  })
  tell(count.summary)
}

/** What became of many zones. */
class Count {
  readonly #all: number
  readonly #failed: ZoneName[] = []
  #done = 0

  constructor(all: number) {
    this.#all = all
  }

  add(zone: ZoneName, confirmed: boolean): void {
    this.#done++
    if (!confirmed) this.#failed.push(zone)
  }

  get isGood(): boolean {
    return this.#failed.length === 0
  }

  get soFar(): string {
    return `${this.#done} of ${this.#all}, ${this.#failed.length} not confirmed`
  }

  get summary(): string {
    const confirmed = `${this.#all} zones, ${this.#all - this.#failed.length} confirmed`
    return this.isGood
      ? confirmed
      : `${confirmed}; not confirmed: ${this.#failed.slice(0, LISTED_ZONES).join(' ')}`
  }
}

function isConfirmed(zone: ZoneName, push: Push): Promise<boolean> {
  return push(zone, () => undefined).then(
    ({confirmed}) => confirmed,
    () => false,
  )
}

/** One zone, with a row for each secondary that ends with its receipt. */
function listed(zone: ZoneName, {secondaries}: PushShow, push: Push): ListrTask {
  return {
    title: zone,
    task: (_, task) => {
      const rows = new Map(secondaries.map(({name}) => [name, Promise.withResolvers<PushRow | undefined>()]))
      const settle = (report: PushReport, over: boolean) => {
        for (const row of report.secondaries)
          if (isProof(row) || (over && !isOutOfQuestion(report))) rows.get(row.secondary)?.resolve(row)
        if (over) for (const {resolve} of rows.values()) resolve(undefined)
      }
      const result = push(zone, (progress) => settle(progress, false)).then((report) => {
        settle(report, true)
        return report
      })
      result.catch((error) => {
        for (const {reject} of rows.values()) reject(error)
      })
      const verdict: ListrTask = {
        task: async () => {
          const why = whyNot(await result)
          if (why === undefined) return
          task.title = `${zone} ${why}`
          throw new Error(why)
        },
      }
      const rowTasks = [...rows].map(([name, {promise}]) => rowTask(name, promise))
      // The first failure marks the zone as failed; whoever fails later is over at the same time.
      return task.newListr([...rowTasks, verdict], {concurrent: true, exitOnError: true})
    },
  }
}

/** Undefined for a row that nothing is expected of. */
function rowTask(name: string, row: Promise<PushRow | undefined>): ListrTask {
  return {
    title: name,
    task: async (_, task) => {
      const settled = await row
      if (settled) task.title = `${name}: ${words(settled)}`
      if (!settled || isAway(settled)) task.skip()
      else if (!isProof(settled)) throw new Error(words(settled))
    },
  }
}

function counted(zones: readonly ZoneName[], push: Push): ListrTask {
  return {
    title: `${zones.length} zones`,
    task: async (_, task) => {
      const count = new Count(zones.length)
      await inParallel(zones, async (zone) => {
        count.add(zone, await isConfirmed(zone, push))
        task.output = count.soFar
      })
      task.title = count.summary
      if (!count.isGood) throw new Error(count.summary)
    },
  }
}

/** Nobody is to serve it: nobody was waited for. */
function isOutOfQuestion({provision}: PushReport): boolean {
  return provision === 'absent'
}

/** Undefined where it was confirmed. */
function whyNot({confirmed, provision, error, zone}: PushReport): string | undefined {
  if (confirmed) return undefined
  if (provision === 'absent') return `not confirmed: neither the primary nor the store has ${zone}`
  if (provision === 'none')
    return 'not confirmed: no zone-provider answered: does `pdist daemon zone-provider` run, and does the primary answer it?'
  return error ? printable(`not confirmed: ${error.message} (${error.code})`) : 'not confirmed in time'
}

function words(row: PushRow): string {
  const {state, serial, ms, error} = row
  if (state === 'served') return `serves serial ${serial} after ${ms} ms`
  if (state === 'removed') return `removed it after ${ms} ms`
  if (state === 'failed') return `cannot serve it: ${printable(error?.message ?? 'no reason given')}`
  return isAway(row) ? state : 'no receipt in time'
}
