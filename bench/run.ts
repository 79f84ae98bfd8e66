// Measures pdist, PowerDNS by itself and the floor in turn, on the same servers in the same run.
//
//   npm run bench -- [--full] [--only ROW]… [--backend gsqlite3|lmdb] [--json] [--out FILE] [--plot FILE]
import {writeFile} from 'node:fs/promises'
import {parseArgs} from 'node:util'
import type {Backend} from '../src/lib/lab/binaries.js'
import {within} from './change.js'
import {machine} from './machine.js'
import {type PlannedRow, plannedRows} from './plan.js'
import {plot} from './plot.js'
import {type RowResult, summaries} from './results.js'
import {System} from './system.js'
import {markdown} from './table.js'

const {values: flags} = parseArgs({
  options: {
    full: {type: 'boolean', default: false},
    only: {type: 'string', multiple: true, default: []},
    backend: {type: 'string', default: 'gsqlite3'},
    json: {type: 'boolean', default: false},
    plot: {type: 'string'},
    out: {type: 'string', default: new URL('results.json', import.meta.url).pathname},
  },
})

const PLOT_FILE = new URL('../docs/benchmarks.svg', import.meta.url).pathname
const ROW_ENDS_WITHIN_MS = 20_000

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort(new Error(name)))

const results: RowResult[] = []
try {
  for (const cache of [false, true]) {
    const rows = wanted(plannedRows(flags)).filter((row) => row.cache === cache)
    if (rows.length > 0) await runRows(rows, cache)
  }
} finally {
  // An interrupted run tells what it has.
  await report(results)
}

function wanted(rows: PlannedRow[]): PlannedRow[] {
  const unknown = flags.only.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0) {
    process.stderr.write(
      `no such row: ${unknown.join(', ')}; there are ${rows.map(({name}) => name).join(', ')}\n`,
    )
    process.exit(2)
  }
  if (flags.only.length > 0) return rows.filter(({name}) => flags.only.includes(name))
  return flags.full ? rows : rows.filter(({long}) => !long)
}

async function runRows(rows: PlannedRow[], cache: boolean): Promise<void> {
  const system = await System.start({backend: backend(), cache, signal: stopping.signal})
  const interrupted = new Promise<never>((_, reject) => {
    stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason), {once: true})
  })
  interrupted.catch(() => undefined) // whoever races with it is told
  let running: Promise<RowResult[]> | undefined
  try {
    for (const row of rows) {
      running = timed(row, system)
      results.push(...(await Promise.race([running, interrupted])))
    }
  } finally {
    await system.stop()
    // A row may have started systems of its own, which it has to stop as well.
    if (running)
      await within(
        running.catch(() => undefined),
        ROW_ENDS_WITHIN_MS,
      )
  }
}

async function timed({name, run}: PlannedRow, system: System): Promise<RowResult[]> {
  process.stderr.write(`${name} …`)
  const started = performance.now()
  const found = await run(system, stopping.signal)
  process.stderr.write(` ${((performance.now() - started) / 1000).toFixed(0)} s\n`)
  return found
}

function backend(): Backend {
  if (flags.backend === 'gsqlite3' || flags.backend === 'lmdb') return flags.backend
  throw new Error(`unknown backend ${flags.backend}: gsqlite3 or lmdb`)
}

/** Whether it is the run that the documentation is about. */
function isWhole(): boolean {
  return flags.full && flags.only.length === 0 && flags.backend === 'gsqlite3' && !stopping.signal.aborted
}

async function report(rows: readonly RowResult[]): Promise<void> {
  const rowsOut = rows.map((row) => ({...row, ways: summaries(row)}))
  const document = JSON.stringify(
    {machine: await machine(), backend: flags.backend, rows: rowsOut},
    undefined,
    2,
  )
  await writeFile(flags.out, `${document}\n`)
  const plotFile = flags.plot ?? (isWhole() ? PLOT_FILE : undefined)
  if (plotFile !== undefined && rows.length > 0) await writeFile(plotFile, plot(rows))
  process.stdout.write(flags.json ? `${document}\n` : markdown(rows))
}
