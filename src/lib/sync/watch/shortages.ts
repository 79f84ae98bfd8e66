import type {DiskSpace, MemoryUse, Shortage} from '../../zone/heartbeat.js'

export interface Means {
  /** Load average over one minute, per core. */
  load: number
  memory: MemoryUse
  disks: readonly DiskSpace[]
}

export interface MeansLimits {
  loadWarning: number
  /** The share of all memory that must be available, 0 to 1. */
  memoryWarning: number
  /** The share of each disk that must be free, 0 to 1. */
  diskWarning: number
}

export interface FoundShortage {
  what: Shortage
  /** For people. */
  words: string
}

/** Of what a machine has too little. Pure. */
export function shortagesOf({load, memory, disks}: Means, limits: MeansLimits): FoundShortage[] {
  const {loadWarning, memoryWarning, diskWarning} = limits
  const found: FoundShortage[] = []
  if (load > loadWarning) {
    found.push({
      what: 'load',
      words: `load per core is ${load.toFixed(1)}, over ${loadWarning}: it needs more cores, or less to do`,
    })
  }
  if (memory.available < memory.total * memoryWarning) {
    const left = percent(memory.available / memory.total)
    found.push({
      what: 'memory',
      words: `${left} of the memory are available, under ${percent(memoryWarning)}: it needs more, or fewer zones`,
    })
  }
  for (const {path, free, total} of disks) {
    if (free >= total * diskWarning) continue
    const left = percent(free / total)
    found.push({
      what: 'disk',
      words: `${left} of the disk of ${path} are free, under ${percent(diskWarning)}: make room there`,
    })
  }
  return found
}

/** The share of the fullest disk that is free; undefined where none was measured. */
export function leastFree(disks: readonly DiskSpace[] = []): number | undefined {
  return disks.length === 0 ? undefined : Math.min(...disks.map(({free, total}) => free / total))
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}
