import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {constants} from 'node:os'
import type {LabEndpoints} from './endpoints.js'

const STOP_WITHIN_MS = 5_000

/** What a command that runs in the lab finds in its environment. */
export function labEnvironment(endpoints: LabEndpoints): Record<string, string> {
  return {
    PDIST_LAB_JSON: JSON.stringify(endpoints),
    PDIST_LAB_DIR: endpoints.dir,
    PDIST_CONFIG: endpoints.config,
    PDNS_API_URL: endpoints.proxy.url,
    PDNS_API_KEY: endpoints.proxy.apiKey,
    PDNS_API_CA_FILE: endpoints.proxy.caFile,
  }
}

/**
 * Runs a shell command with our stdin, stdout and stderr. Resolves to its exit code, as a shell would give it: 128 and the
 * signal's number where a signal ended it. When `signal` aborts it gets SIGTERM, and SIGKILL five seconds later.
 */
export async function execInLab(
  command: string,
  endpoints: LabEndpoints,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted()
  const child = spawn(command, {
    shell: true,
    stdio: 'inherit',
    env: {...process.env, ...labEnvironment(endpoints)},
  })
  let killer: NodeJS.Timeout | undefined
  const stop = () => {
    child.kill('SIGTERM')
    killer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  }
  signal.addEventListener('abort', stop, {once: true})
  try {
    const [code, by]: [number | null, NodeJS.Signals | null] = await once(child, 'exit').then(exitOf)
    return by === null ? (code ?? 1) : 128 + constants.signals[by]
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(killer)
  }
}

function exitOf([code, by]: unknown[]): [number | null, NodeJS.Signals | null] {
  return [code as number | null, by as NodeJS.Signals | null]
}
