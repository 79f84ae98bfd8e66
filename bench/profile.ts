// Where the CPU time of profiles goes that Node has written (`--cpu-prof`): the functions with the most time of their own.
//
//   node --import ./bench/hooks.mjs bench/profile.ts [--top 15] FILE.cpuprofile…
import {existsSync, readFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {SourceMap} from 'node:module'
import {basename} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

interface Profile {
  nodes: Array<{
    id: number
    callFrame: {functionName: string; url: string; lineNumber: number; columnNumber: number}
  }>
  samples: number[]
  timeDeltas: number[]
}

const sourceMaps = new Map<string, SourceMap>()
const {values, positionals} = parseArgs({
  options: {top: {type: 'string', default: '15'}},
  allowPositionals: true,
})
for (const file of positionals) {
  const times = timesOf(JSON.parse(await readFile(file, 'utf8')) as Profile)
  const busy = [...times.values()].reduce((sum, ms) => sum + ms, 0)
  const top = [...times].sort(([, a], [, b]) => b - a).slice(0, Number(values.top))
  process.stdout.write(`${basename(file)}: ${busy.toFixed(0)} ms of work\n`)
  for (const [where, ms] of top)
    process.stdout.write(`${((100 * ms) / busy).toFixed(1).padStart(6)} % ${where}\n`)
}

/** Milliseconds by function, without those in which nothing was done. */
function timesOf({nodes, samples, timeDeltas}: Profile): Map<string, number> {
  const names = new Map(nodes.map(({id, callFrame}) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0) / 1000)
  }
  return times
}

function nameOf({
  functionName,
  url,
  lineNumber,
  columnNumber,
}: Profile['nodes'][number]['callFrame']): string {
  const origin = sourceMapOf(url)?.findEntry(lineNumber, columnNumber)
  const place =
    origin && 'originalSource' in origin
      ? `${origin.originalSource}:${origin.originalLine + 1}`
      : `${url}:${lineNumber + 1}`
  return url === ''
    ? functionName
    : `${functionName || '(anonymous)'} ${place.replace(/^.*(node_modules|\.\.)\//, '')}`
}

/** Of a built file: it is made of many. */
function sourceMapOf(url: string): SourceMap | undefined {
  const known = sourceMaps.get(url)
  if (known !== undefined) return known
  const file = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : ''
  if (file === '' || !existsSync(file)) return undefined
  const made = new SourceMap(JSON.parse(readFileSync(file, 'utf8')))
  sourceMaps.set(url, made)
  return made
}
