import {Listr, type ListrTask} from 'listr2'
import type {ZoneName} from '../dns/name.js'
import type {PushReport, PushRow} from '../sync/push.js'
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
  const tasks =
    show.zones.length > LISTED_ZONES
      ? [counted(show.zones, pushed)]
      : show.zones.map((zone) => listed(zone, show, pushed))
  const list = new Listr(tasks, {
    concurrent: CONCURRENCY,
    exitOnError: false,
    // The command's own signal ends the pushes, and it says what was done.
    registerSignalListeners: false,
    ...(show.quiet
      ? {renderer: 'silent' as const}
      : {renderer: 'default' as const, fallbackRenderer: 'simple' as const}),
  })
  await list.run()
  if (failures.length > 0) throw failures[0]
  return show.zones.flatMap((zone) => reports.get(zone) ?? [])
}

/** One zone, with a row for each secondary that ends with its receipt. */
function listed(zone: ZoneName, {secondaries}: PushShow, push: Push): ListrTask {
  // Without a terminal the lines of several zones mix.
  const prefix = process.stdout.isTTY ? '' : `${zone} `
  return {
    title: zone,
    task: (_, task) => {
      const rows = new Map(secondaries.map(({name}) => [name, Promise.withResolvers<PushRow>()]))
      const settle = ({secondaries: found}: PushReport, over: boolean) => {
        for (const row of found) if (over || isProof(row)) rows.get(row.secondary)?.resolve(row)
        if (over) for (const [secondary, {resolve}] of rows) resolve({secondary, state: 'waiting'})
      }
      const result = push(zone, (progress) => settle(progress, false)).then((report) => {
        settle(report, true)
        return report
      })
      result.catch((error) => {
        for (const {reject} of rows.values()) reject(error)
      })
      return task.newListr(
        [
          ...[...rows].map(([name, {promise}]): ListrTask => rowTask(`${prefix}${name}`, promise)),
          {task: async () => failUnlessConfirmed(await result)},
        ],
        {concurrent: true, exitOnError: false},
      )
    },
  }
}

function rowTask(name: string, row: Promise<PushRow>): ListrTask {
  return {
    title: name,
    task: async (_, task) => {
      const settled = await row
      const isAway = settled.state === 'inactive' || settled.state === 'paused'
      if (!isProof(settled) && !isAway) throw new Error(`${name}: ${words(settled)}`)
      task.title = `${name}: ${words(settled)}`
      if (isAway) task.skip(task.title)
    },
  }
}

function counted(zones: readonly ZoneName[], push: Push): ListrTask {
  return {
    title: `${zones.length} zones`,
    task: async (_, task) => {
      let done = 0
      const failed: ZoneName[] = []
      const waiting = [...zones]
      const worker = async () => {
        for (let zone = waiting.shift(); zone; zone = waiting.shift()) {
          const isConfirmed = await push(zone, () => undefined).then(
            ({confirmed}) => confirmed,
            () => false,
          )
          if (!isConfirmed) failed.push(zone)
          task.output = `${++done} of ${zones.length}, ${failed.length} not confirmed`
        }
      }
      await Promise.all(Array.from({length: CONCURRENCY}, worker))
      task.title = `${zones.length} zones, ${zones.length - failed.length} confirmed`
      if (failed.length > 0) throw new Error(`not confirmed: ${failed.slice(0, LISTED_ZONES).join(' ')}`)
    },
  }
}

function failUnlessConfirmed({confirmed, provision, error, zone}: PushReport): void {
  if (confirmed) return
  if (provision === 'absent') throw new Error(`neither the primary nor the store has ${zone}`)
  if (provision === 'none')
    throw new Error(
      'no zone-provider answered: does `pdist daemon zone-provider` run, and does the primary answer it?',
    )
  throw new Error(error ? printable(`${error.message} (${error.code})`) : 'not confirmed in time')
}

function isProof({state}: PushRow): boolean {
  return state === 'served' || state === 'removed'
}

function words({state, serial, ms, error}: PushRow): string {
  if (state === 'served') return `serves serial ${serial} after ${ms} ms`
  if (state === 'removed') return `removed it after ${ms} ms`
  if (state === 'failed') return `cannot serve it: ${printable(error?.message ?? 'no reason given')}`
  return state === 'inactive' || state === 'paused' ? state : 'no receipt in time'
}
