import type {ListrTask} from 'listr2'
import type {ZoneName} from '../dns/name.js'
import {isAway, isProof, type PushRow} from '../sync/push.js'
import type {ZoneWaitReport} from '../sync/zone-wait.js'
import {printable} from './printable.js'

export interface ZoneWaitShow {
  zone: ZoneName
  secondaries: ReadonlyArray<{name: string; active: boolean}>
  /** Whether a terminal shows the rows; else lines are written. */
  isTerminal: boolean
  write(line: string): void
}

type Wait = (onProof: (row: PushRow) => void) => Promise<ZoneWaitReport>

/** A secondary, and how it ended: with a proof, or with the report that has none. */
type Ending = Promise<{row: PushRow; confirmed: boolean}>

/** Waits, and shows each secondary as it gets there. Rejects as `wait` does. */
export async function showZoneWait(show: ZoneWaitShow, wait: Wait): Promise<ZoneWaitReport> {
  const {zone, secondaries, isTerminal, write} = show
  const rows = new Map(secondaries.map(({name}) => [name, Promise.withResolvers<Awaited<Ending>>()]))
  const waited = wait((row) => rows.get(row.secondary)?.resolve({row, confirmed: true}))
  waited.then(
    (report) => {
      for (const row of report.secondaries) rows.get(row.secondary)?.resolve({row, ...report})
    },
    (error) => {
      for (const {reject} of rows.values()) reject(error)
    },
  )
  const endings = [...rows].map(([name, {promise}]): [string, Ending] => [name, promise])
  if (isTerminal) await inTerminal(endings)
  else {
    write(`waiting for ${printable(zone)}\n`)
    await Promise.all(endings.map(async ([name, ending]) => write(`  ${name}: ${words(await ending)}\n`)))
  }
  return waited
}

/** One line on how it ended. */
export function zoneWaitSummary({zone, confirmed, secondaries}: ZoneWaitReport): string {
  const active = secondaries.filter((row) => !isAway(row))
  const count = `${active.filter(isProof).length} of ${active.length} active secondaries`
  return printable(confirmed ? `${zone} confirmed by ${count}` : `${zone} confirmed by only ${count} in time`)
}

async function inTerminal(endings: ReadonlyArray<[string, Ending]>): Promise<void> {
  const {Listr} = await import('listr2')
  const list = new Listr(
    endings.map(([name, ending]) => rowTask(name, ending)),
    // Signals are handled by whoever has more to stop than a display.
    {concurrent: true, exitOnError: false, registerSignalListeners: false},
  )
  await list.run()
}

function rowTask(name: string, ending: Ending): ListrTask {
  return {
    title: name,
    task: async (_, task) => {
      const ended = await ending
      const title = `${name}: ${words(ended)}`
      if (isProof(ended.row)) task.title = title
      else if (ended.confirmed || isAway(ended.row)) task.skip(title)
      else throw new Error(title)
    },
  }
}

function words({row, confirmed}: Awaited<Ending>): string {
  const {state, serial, ms, error} = row
  if (state === 'served')
    return serial === undefined ? `answers with it after ${ms} ms` : `serves serial ${serial} after ${ms} ms`
  if (state === 'removed') return `serves it no longer after ${ms} ms`
  if (isAway(row)) return state
  if (confirmed) return 'not waited for'
  if (error) return printable(`not in time: ${error.message}`)
  return serial === undefined ? 'not in time' : `not in time: it serves serial ${serial}`
}
