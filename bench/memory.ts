import {readFile, writeFile} from 'node:fs/promises'

export interface Memory {
  /** MB of 10^6 bytes, resident. */
  now: number
  /** The most since the process began, or since `forgetPeak`. */
  peak: number
}

/** As Linux tells it (proc(5), /proc/pid/status). */
export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const of = (field: string) =>
    (Number(status.match(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm'))?.[1]) * 1024) / 1e6
  return {now: of('VmRSS'), peak: of('VmHWM')}
}

/** Has the peak begin anew (proc(5), /proc/pid/clear_refs). */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}
