import {statfs} from 'node:fs/promises'
import {availableParallelism, freemem, loadavg, totalmem} from 'node:os'
import {aborted, withTimeout} from '../lib/async/abort.js'
import type {DiskSpace, MemoryUse} from '../lib/zone/heartbeat.js'

/** A disk that does not answer must not hold up the heartbeat. */
const DISK_ANSWERS_WITHIN_MS = 1000

/** The load average over one minute, per core. */
export function loadPerCore(): number {
  return (loadavg()[0] ?? 0) / availableParallelism()
}

/** How much that nobody waits for may be worked on at once while somebody waits: PowerDNS needs the rest of the cores. */
export function besideUrgent(): number {
  return Math.max(1, Math.floor(availableParallelism() / 2))
}

/** The machine's memory, or that of this process's control group where it may have less. */
export function memoryUse(): MemoryUse {
  const machine = {total: totalmem(), available: freemem()}
  const limit = process.constrainedMemory()
  // 0 or an absurdly large number where there is no limit.
  if (limit === 0 || limit >= machine.total) return machine
  return {total: limit, available: Math.min(limit, machine.available, process.availableMemory())}
}

/** Measures the file systems of some paths; a path that is not there is left out. */
export class Disks {
  readonly #paths: readonly string[]
  #last: readonly DiskSpace[] = []
  #measuring: Promise<void> | undefined

  constructor(paths: readonly string[]) {
    this.#paths = [...new Set(paths)]
  }

  /** What was measured just now, or last where a disk does not answer. */
  async measure(): Promise<readonly DiskSpace[]> {
    this.#measuring ??= this.#measureAll().finally(() => {
      this.#measuring = undefined
    })
    const measured = this.#measuring
    await withTimeout(DISK_ANSWERS_WITHIN_MS, undefined, (late) => Promise.race([measured, aborted(late)]))
    return this.#last
  }

  async #measureAll(): Promise<void> {
    const found = await Promise.all(this.#paths.map(spaceOf))
    this.#last = found.filter((space) => space !== undefined)
  }
}

async function spaceOf(path: string): Promise<DiskSpace | undefined> {
  try {
    const {bsize, blocks, bavail} = await statfs(path)
    // Some kinds of file system have no size.
    return blocks > 0 ? {path, total: blocks * bsize, free: bavail * bsize} : undefined
  } catch {
    // Not there, or not for us to see: nothing to warn about.
    return undefined
  }
}
