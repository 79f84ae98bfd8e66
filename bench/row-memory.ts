import {readFile} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'
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

/** In MB of 10^6 bytes, as Linux tells it (proc(5), /proc/pid/status). */
export async function memoryOf(pid: number): Promise<{now: number; peak: number}> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const of = (field: string) =>
    (Number(status.match(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm'))?.[1]) * 1024) / 1e6
  return {now: of('VmRSS'), peak: of('VmHWM')}
}
