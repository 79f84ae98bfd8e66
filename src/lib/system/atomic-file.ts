import {PdistError} from '../errors.js'
import {writeWholeFile} from '../whole-file.js'

/** A file is there already. */
export class FileExistsError extends PdistError {
  readonly code = 'PDIST_FILE_EXISTS'
}

/** A file cannot be written. */
export class FileNotWrittenError extends PdistError {
  readonly code = 'PDIST_FILE_NOT_WRITTEN'
}

/** As wide as the umask of whoever asked for the file. */
const MODE = 0o666

/**
 * Writes a file as a whole or not at all, on disk when this resolves. Rejects with FileExistsError where it is there and not to be
 * replaced, with FileNotWrittenError, and with the signal's reason.
 */
export async function writeAtomically(
  path: string,
  pieces: Iterable<string>,
  {replace, signal}: {replace: boolean; signal: AbortSignal},
): Promise<void> {
  try {
    await writeWholeFile(path, pieces, {mode: MODE, replace, signal})
  } catch (error) {
    signal.throwIfAborted()
    throw explained(path, error)
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
