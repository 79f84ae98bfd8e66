import {link, open, rename, rm} from 'node:fs/promises'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {PdistError} from '../errors.js'

/** A file is there already. */
export class FileExistsError extends PdistError {
  readonly code = 'PDIST_FILE_EXISTS'
}

/** A file cannot be written. */
export class FileNotWrittenError extends PdistError {
  readonly code = 'PDIST_FILE_NOT_WRITTEN'
}

/**
 * Writes a file as a whole or not at all, on disk when this resolves. Rejects with FileExistsError where it is there and not to be
 * replaced, with FileNotWrittenError, and with the signal's reason.
 */
export async function writeAtomically(
  path: string,
  pieces: Iterable<string>,
  {replace, signal}: {replace: boolean; signal: AbortSignal},
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'wx')
    const sink = file.createWriteStream({flush: true})
    await pipeline(Readable.from(pieces), sink, {signal})
    // A link, unlike a new name, replaces nothing.
    if (replace) await rename(temporary, path)
    else await link(temporary, path)
  } catch (error) {
    signal.throwIfAborted()
    throw explained(path, error)
  } finally {
    await rm(temporary, {force: true})
  }
}

function explained(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error
  if (error.code === 'EEXIST') {
    return new FileExistsError(`${path} is there already`, {
      cause: error,
      hints: ['Say --force to replace it'],
    })
  }
  return new FileNotWrittenError(`${path} cannot be written: ${error.message}`, {cause: error})
}
