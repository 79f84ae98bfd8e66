import {setTimeout as pause} from 'node:timers/promises'
import type {Part} from '../../../src/lib/lab/part.js'

/** SIGKILL, and a new start so many milliseconds later; resolves when it is ready again. */
export async function killFor(part: Part, ms: number): Promise<void> {
  await part.kill()
  await pause(ms)
  await part.start()
}

/** SIGSTOP, and SIGCONT so many milliseconds later. */
export async function freezeFor(part: Part, ms: number): Promise<void> {
  part.signal('SIGSTOP')
  try {
    await pause(ms)
  } finally {
    part.signal('SIGCONT')
  }
}

/** Starts a part of the lab with more in its environment; it has it until it is started again. */
export async function startWith(part: Part, env: Readonly<Record<string, string>>): Promise<void> {
  const before = {...process.env}
  Object.assign(process.env, env)
  try {
    await part.start()
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}
