import {execFileSync} from 'node:child_process'

/** Runs a program and returns what it printed; throws with its stderr where it fails. */
export function run(program: string, parameters: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  return execFileSync(program, parameters, {
    encoding: 'utf8',
    env: {...process.env, ...env},
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
