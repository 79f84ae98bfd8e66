import type {Stored, Tombstone} from '../../zone/version.js'

export interface SweepableStore {
  list(signal: AbortSignal): AsyncIterable<Stored>
  listObjects(): Promise<Array<{name: string; modified: number}>>
  dropObject(name: string): Promise<void>
  forget(state: Stored<Tombstone>): Promise<void>
}

export interface SweepReport {
  tombstones: number
  objects: number
}

/** An object is stored before the version that refers to it. */
const YOUNG_MS = 600_000

/** Removes tombstones that are older than `tombstonesKeptMs`, and objects that a crash left without a version. */
export async function sweep(
  store: SweepableStore,
  {tombstonesKeptMs, now, signal}: {tombstonesKeptMs: number; now: number; signal: AbortSignal},
): Promise<SweepReport> {
  const report: SweepReport = {tombstones: 0, objects: 0}
  const objects = (await store.listObjects()).filter(({modified}) => now - modified > YOUNG_MS)
  const used = new Set<string>()
  const expired: Array<Stored<Tombstone>> = []
  for await (const state of store.list(signal)) {
    if (state.kind === 'version' && state.object) used.add(state.object)
    if (state.kind === 'tombstone' && now - state.at > tombstonesKeptMs) expired.push(state)
  }
  for (const tombstone of expired) {
    await store.forget(tombstone)
    report.tombstones++
  }
  for (const {name} of objects) {
    if (used.has(name)) continue
    await store.dropObject(name)
    report.objects++
  }
  return report
}
