import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Finished {
  code: number | string
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** Added to an environment in which nothing configures pdist. */
  env?: Record<string, string>
  nodeArguments?: readonly string[]
}

/** Runs the built `pdist` to its end, as a user would; the exit code, or the signal that ended it. */
export async function pdist(
  parameters: readonly string[],
  {env = {}, nodeArguments = []}: RunOptions = {},
): Promise<Finished> {
  return finished([...nodeArguments, `${ROOT}bin/pdist.js`, ...parameters], env)
}

/** Runs this Node with the given arguments to its end. */
export async function finished(
  parameters: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(PDIST_|NODE_|VITEST|FORCE_COLOR)/.test(name),
  )
  const child = spawn(process.execPath, parameters, {
    cwd: ROOT,
    env: {...Object.fromEntries(inherited), NO_COLOR: '1', PDIST_CONFIG: '/dev/null', ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return {code: code ?? signal, stdout, stderr}
}
