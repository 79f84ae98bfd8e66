import {fileURLToPath} from 'node:url'
import {allEqual, startFilled} from './filled.js'
import {measureCommand} from './measured-command.js'
import {memoryOf} from './memory.js'
import {type RowResult, target, type Way} from './results.js'
import type {System} from './system.js'

const READY_MS = 10_000
const MEMORY_MB = 200

const COMMANDS = [
  ['zone', 'list'],
  ['health', '--once'],
  ['health', '--once', '--json'],
]

/** With many zones present: each daemon's restart, the memory of all of them, and what commands take that look at all zones. */
export async function restartRow(zones: number, signal: AbortSignal): Promise<RowResult[]> {
  const {system} = await startFilled({zones, served: true, cache: true, signal})
  try {
    return [
      await restarts(system, zones, signal),
      await memories(system, zones),
      ...(await commands(system, zones, signal)),
    ]
  } finally {
    await system.stop()
  }
}

async function restarts(system: System, zones: number, signal: AbortSignal): Promise<RowResult> {
  const ways: Way[] = []
  for (const {name} of system.endpoints.daemons) {
    await system.part(name).stop()
    const started = performance.now()
    await system.part(name).start(signal)
    ways.push({name, samples: [performance.now() - started]})
  }
  await allEqual(system, signal)
  return {
    row: `restart, ${zones} zones`,
    title: `Each daemon restarted with ${zones} zones present, from its start until it is ready`,
    unit: 'ms',
    ways,
    targets: [target('slowest daemon, ms', largest(ways), READY_MS)],
  }
}

async function memories(system: System, zones: number): Promise<RowResult> {
  const found = await Promise.all(
    system.endpoints.daemons.map(async ({name}) => ({name, ...(await memoryOf(system.part(name).pid ?? 0))})),
  )
  const peak = Math.max(...found.map((one) => one.peak))
  const ways = found.map(({name, now, peak}) => ({
    name,
    samples: [now],
    note: `peak ${peak.toFixed(0)} MB`,
  }))
  return {
    row: `memory, ${zones} zones`,
    title: `Resident memory of each daemon after its restart, once all zones are proved`,
    unit: 'MB',
    ways,
    targets: [
      target('largest daemon, MB', largest(ways), MEMORY_MB),
      target('largest peak, MB', peak, MEMORY_MB),
    ],
  }
}

async function commands({endpoints}: System, zones: number, signal: AbortSignal): Promise<RowResult[]> {
  const program = fileURLToPath(new URL('../bin/pdist.js', import.meta.url))
  const times: Way[] = []
  const memory: Way[] = []
  for (const words of COMMANDS) {
    const name = words.join(' ')
    const ran = await measureCommand([program, ...words, '--config', endpoints.config], signal)
    times.push({
      name: `pdist ${name}`,
      samples: [ran.totalMs],
      note: `first line after ${ran.firstMs.toFixed(0)} ms`,
    })
    memory.push({name: `pdist ${name}`, samples: [ran.peakMb]})
  }
  const row = `commands, ${zones} zones`
  return [
    {row, title: 'Commands that look at all zones', unit: 'ms', ways: times, targets: []},
    {
      row,
      title: 'Their memory at its peak',
      unit: 'MB',
      ways: memory,
      targets: [target('largest command, MB', largest(memory), MEMORY_MB)],
    },
  ]
}

function largest(ways: readonly Way[]): number {
  return Math.max(...ways.flatMap(({samples}) => samples))
}
