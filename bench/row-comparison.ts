import {randomBytes} from 'node:crypto'
import {Control} from '../src/lib/broker/control.js'
import {Reports} from '../src/lib/broker/reports.js'
import {ZoneStore} from '../src/lib/broker/zone-store.js'
import type {ZoneName} from '../src/lib/dns/name.js'
import {ComparedWatch} from './compared-watch.js'
import {ComparisonSystem} from './comparison-system.js'
import {fillStore, manyZones} from './many-zones.js'
import {memoryOf} from './memory.js'
import {type RowResult, target} from './results.js'
import {percentilesOf} from './statistics.js'

export interface ComparisonRow {
  zones: number
  secondaries: number
  rounds: number
}

/** Of all secondaries together. */
const DIFFERENCES = 10
const EQUAL = 'all equal'
const REPAIRED = `${DIFFERENCES} differences, found and repaired`
const WITHIN_MS = 120_000

interface Figures {
  equal: number[]
  repaired: number[]
  equalBytes: number[]
  repairedBytes: number[]
}

/** The health-checker compares every secondary with the store, where all is equal and where some zones differ, in turn. */
export async function comparisonRow(row: ComparisonRow, signal: AbortSignal): Promise<RowResult[]> {
  const system = await ComparisonSystem.start(signal)
  const zones = manyZones(row.zones)
  const names = Array.from({length: row.secondaries}, (_, i) => `sim${i + 1}`)
  const figures: Figures = {equal: [], repaired: [], equalBytes: [], repairedBytes: []}
  try {
    await fillStore(new ZoneStore(system.broker), zones, signal)
    const watch = new ComparedWatch(system.broker, names)
    await system.secondaries.order({do: 'start', configFile: system.configFile, names}, signal)
    const first = watch.all(within(signal))
    first.catch(() => undefined) // whatever fails first is told
    await system.startChecker(signal)
    expectEqual(await first)
    for (let round = 0; round < row.rounds; round += 1) {
      await measureEqual(system, watch, figures, signal)
      await measureRepair(system, {watch, zones, names, round}, figures, signal)
      expectEqual(await compareAll(system, watch, signal))
    }
    return resultsOf(row, figures, await memoryOf(system.checkerPid))
  } finally {
    await system.stop()
  }
}

async function measureEqual(
  system: ComparisonSystem,
  watch: ComparedWatch,
  {equal, equalBytes}: Figures,
  signal: AbortSignal,
): Promise<void> {
  const before = await system.bytes()
  const started = performance.now()
  expectEqual(await compareAll(system, watch, signal))
  equal.push(performance.now() - started)
  equalBytes.push((await system.bytes()) - before)
}

interface Damage {
  watch: ComparedWatch
  zones: readonly ZoneName[]
  names: readonly string[]
  round: number
}

async function measureRepair(
  system: ComparisonSystem,
  {watch, zones, names, round}: Damage,
  {repaired, repairedBytes}: Figures,
  signal: AbortSignal,
): Promise<void> {
  const altered = new Set<string>()
  for (let i = 0; i < DIFFERENCES; i += 1) {
    const secondary = names[i % names.length] ?? ''
    const zone = zones[(i * 7919 + round * 104_729) % zones.length]
    if (!zone) continue
    altered.add(`${secondary} ${zone}`)
    await system.secondaries.order({do: 'alter', secondary, zones: [zone]}, signal)
  }
  const before = await system.bytes()
  const started = performance.now()
  const whole = Promise.all([receipts(system, altered, signal), compareAll(system, watch, signal)])
  const [last, found] = await whole
  repaired.push(last - started)
  repairedBytes.push((await system.bytes()) - before)
  const differences = found.reduce((sum, each) => sum + each.differences, 0)
  if (differences !== altered.size)
    throw new Error(`${differences} of ${altered.size} differences were found`)
}

/** Resolves with when the last of these secondaries' zones was proved. */
function receipts(
  {broker}: ComparisonSystem,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<number> {
  const open = new Set(wanted)
  const inTime = within(signal)
  return new Promise((resolve, reject) => {
    const end = new Reports(broker).watchReceipts('>', {
      on: ({secondary, zone}) => {
        if (!open.delete(`${secondary} ${zone}`) || open.size > 0) return
        end()
        resolve(performance.now())
      },
      onMalformed: reject,
    })
    inTime.addEventListener('abort', () => reject(inTime.reason), {once: true})
  })
}

/** What a decision about a plan has the health-checker do. */
async function compareAll(system: ComparisonSystem, watch: ComparedWatch, signal: AbortSignal) {
  const control = new Control(system.broker)
  const id = randomBytes(5).toString('hex')
  const done = watch.all(within(signal))
  done.catch(() => undefined) // whatever fails first is told
  const scope = {kind: 'secondary', secondary: 'none'} as const
  const about = {kind: 'deletions', reason: 'a benchmark', count: 0, changes: [], status: 'held'} as const
  await control.hold({id, scope, at: Date.now(), ...about})
  const compared = await done
  await control.drop(id)
  return compared
}

function expectEqual(compared: ReadonlyArray<{secondary: string; differences: number}>): void {
  const differing = compared.filter(({differences}) => differences > 0)
  if (differing.length > 0) throw new Error(`${differing.map(({secondary}) => secondary).join(', ')} differ`)
}

function within(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)])
}

function resultsOf(
  {zones, secondaries}: ComparisonRow,
  {equal, repaired, equalBytes, repairedBytes}: Figures,
  {now, peak}: {now: number; peak: number},
): RowResult[] {
  const row = 'comparison'
  const title = `${zones} zones and ${secondaries} simulated secondaries, all compared with the store`
  return [
    {
      row,
      title,
      unit: 'ms',
      ways: [
        {name: EQUAL, samples: equal},
        {name: REPAIRED, samples: repaired},
      ],
      targets: [
        target(`${EQUAL}, p99, ms`, percentilesOf(equal).p99, 1000),
        target(`${REPAIRED}, p99, ms`, percentilesOf(repaired).p99, 3000),
      ],
    },
    {
      row: `${row}: bytes into and out of the broker`,
      title: `${title}: bytes into and out of the broker`,
      unit: 'count',
      ways: [
        {name: EQUAL, samples: equalBytes},
        {name: REPAIRED, samples: repairedBytes},
      ],
      targets: [target(`${EQUAL}, most`, Math.max(...equalBytes), 1_000_000)],
    },
    {
      row: `${row}: memory`,
      title: `${title}: memory of the health-checker`,
      unit: 'MB',
      ways: [{name: 'health-checker', samples: [now], note: `peak ${peak.toFixed(0)} MB`}],
      targets: [target('resident, MB', now, 200)],
    },
  ]
}
