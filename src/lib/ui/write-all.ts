import {Readable, type Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'

/**
 * Writes what may be long, no faster than it is read, and leaves the output open. A reader that has had enough, as `head` does,
 * ends it. Rejects with the signal's reason.
 */
export async function writeAll(
  output: Writable,
  pieces: Iterable<string> | AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await pipeline(Readable.from(pieces), output, {end: false, signal})
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
  }
}
