import {readFile} from 'node:fs/promises'
import type {System} from './system.js'

/** Of Linux, on every machine: what proc(5) counts in, for a second. */
const TICKS_PER_SECOND = 100

/** How many milliseconds of CPU a process has used so far, by proc(5), /proc/pid/stat. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name, which may hold spaces, ends with the last bracket; the fields behind it are counted from 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

/** What is measured as one: one process, or several. */
export interface Measured {
  name: string
  pids: readonly number[]
  /** By how much the sum is divided; 1 where it is absent. */
  among?: number
}

/** Milliseconds of CPU while `work` is done, by name. */
export async function cpuDuring(
  measured: readonly Measured[],
  work: () => Promise<void>,
): Promise<Map<string, number>> {
  const before = await all(measured)
  await work()
  const after = await all(measured)
  return new Map(measured.map(({name, among = 1}, i) => [name, ((after[i] ?? 0) - (before[i] ?? 0)) / among]))
}

async function all(measured: readonly Measured[]): Promise<number[]> {
  return await Promise.all(
    measured.map(async ({pids}) => (await Promise.all(pids.map(cpuMs))).reduce((sum, ms) => sum + ms, 0)),
  )
}

/** Every process of a system. */
export function processesOf({endpoints}: System): Measured[] {
  const {nats, primary, secondaries, daemons} = endpoints
  const all = [
    {name: 'nats-server', pid: nats.pid},
    {name: 'pdns_server, primary', pid: primary.pid},
    ...secondaries.map(({name, pid}) => ({name: `pdns_server, ${name}`, pid})),
    ...daemons.map(({name, pid}) => ({name, pid})),
  ]
  return all.flatMap(({name, pid}) => (pid === null ? [] : [{name, pids: [pid]}]))
}
