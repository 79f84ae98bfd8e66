import {randomUUID} from 'node:crypto'
import {link, open, rename, rm} from 'node:fs/promises'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'

export interface WholeFileOptions {
  /** Permissions, never wider, not for a moment. */
  mode: number
  /** Whether it may take the place of a file that is there; else that is an EEXIST. */
  replace?: boolean
  signal?: AbortSignal
}

/**
 * Writes a file whole or not at all, on disk when this resolves; nothing else is left behind. Rejects with the system's error, or
 * with the signal's reason.
 */
export async function writeWholeFile(
  file: string,
  content: string | Iterable<string>,
  {mode, replace = true, signal}: WholeFileOptions,
): Promise<void> {
  const next = `${file}.${randomUUID()}.new`
  try {
    const handle = await open(next, 'wx', mode)
    const pieces = Readable.from(typeof content === 'string' ? [content] : content)
    await pipeline(pieces, handle.createWriteStream({flush: true}), signal ? {signal} : {})
    // A link, unlike a rename, never takes the place of a file.
    await (replace ? rename(next, file) : link(next, file))
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    // Where it cannot be removed either, the reason is the same.
    await rm(next, {force: true}).catch(() => undefined)
  }
}
