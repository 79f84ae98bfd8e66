import {execFile} from 'node:child_process'
import {mkdtemp, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {writeEmptyProgram} from './empty-program.js'
import {type RowResult, type Target, target, type Way} from './results.js'
import {percentilesOf} from './statistics.js'
import type {System} from './system.js'

const PDIST = fileURLToPath(new URL('../bin/pdist.js', import.meta.url))
const EMPTY = 'floor: an empty oclif command'
/** The first starts fill the compile caches. */
const WARM_UP = 2
const PATIENCE_MS = 60_000

/** How long commands take from start to exit, beside a command of oclif's that does nothing, and a Node that does nothing. */
export async function startRow(system: System, starts: number): Promise<RowResult> {
  const dir = await mkdtemp(join(await realpath(tmpdir()), 'pdist-bench-start-'))
  try {
    const empty = await writeEmptyProgram(dir)
    const commands: Array<readonly [string, string[]]> = [
      ['pdist --version', [PDIST, '--version']],
      ['pdist zone list', [PDIST, 'zone', 'list', '--config', system.endpoints.config]],
      [EMPTY, empty],
      ['node -e 0', ['-e', '0']],
    ]
    const ways = commands.map(([name]): Way => ({name, samples: []}))
    const env = {...process.env, NODE_COMPILE_CACHE: join(dir, 'cache')}
    for (let i = -WARM_UP; i < starts; i += 1) {
      for (const [at, [, args]] of commands.entries()) {
        const took = await timed(args, env)
        if (i >= 0) ways[at]?.samples.push(took)
      }
    }
    const title = 'From the start of a command until its exit, with a filled compile cache'
    return {row: 'start', title, unit: 'ms', floor: EMPTY, ways, targets: targetsOf(ways)}
  } finally {
    await rm(dir, {recursive: true, force: true})
  }
}

async function timed(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now()
  await promisify(execFile)(process.execPath, args, {env, timeout: PATIENCE_MS})
  return performance.now() - started
}

function targetsOf(ways: readonly Way[]): Target[] {
  const [version = 0, list = 0, empty = 0] = ways.map(({samples}) => percentilesOf(samples).p50)
  return [
    target('p50 of pdist --version / empty command', version / empty, 1.1),
    target('p50 of pdist zone list / empty command', list / empty, 1.6),
  ]
}
