import {setTimeout as sleep} from 'node:timers/promises'
import {memoryOf} from './memory.js'
import {type RowResult, target} from './results.js'
import type {System} from './system.js'

const IDLE_MS = 8000
const AT_MOST_MB = 150

/** The resident memory of each daemon, some seconds after the work. */
export async function memoryRow(system: System): Promise<RowResult> {
  await sleep(IDLE_MS)
  const ways = await Promise.all(
    system.endpoints.daemons.map(async ({name, pid}) => {
      const {now, peak} = await memoryOf(pid ?? 0)
      return {name, samples: [now], note: `peak ${peak.toFixed(0)} MB`}
    }),
  )
  const largest = Math.max(...ways.flatMap(({samples}) => samples))
  const title = `Resident memory of each daemon, ${IDLE_MS / 1000} s after all of the above`
  return {
    row: 'memory',
    title,
    unit: 'MB',
    ways,
    targets: [target('largest daemon, MB', largest, AT_MOST_MB)],
  }
}
