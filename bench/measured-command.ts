import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {memoryOf} from './memory.js'

const LOOK_EVERY_MS = 10

export interface Ran {
  /** Milliseconds until its first output, and until its end. */
  firstMs: number
  totalMs: number
  /** The largest resident memory that was seen, in MB. */
  peakMb: number
}

/** Runs a script with this Node.js to its end. Its output is read as fast as it comes, and thrown away. */
export async function measureCommand(args: readonly string[], signal: AbortSignal): Promise<Ran> {
  const started = performance.now()
  const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'ignore'], signal})
  let firstMs = Number.NaN
  let peakMb = 0
  child.stdout.on('data', () => {
    if (Number.isNaN(firstMs)) firstMs = performance.now() - started
  })
  const look = setInterval(() => {
    void memoryOf(child.pid ?? 0).then(
      // Between its end and our hearing of it the process has no memory to tell of.
      ({peak}) => {
        if (peak > peakMb) peakMb = peak
      },
      () => undefined,
    )
  }, LOOK_EVERY_MS)
  try {
    const [code] = await once(child, 'close')
    // `pdist health` says by 1 or 2 how things are.
    if (code === null || Number.isNaN(firstMs)) throw new Error(`${args.join(' ')} ended with ${code}`)
    return {firstMs, totalMs: performance.now() - started, peakMb}
  } finally {
    clearInterval(look)
  }
}
