import {access} from 'node:fs/promises'
import {PdistError} from '../errors.js'
import {writeWholeFile} from '../whole-file.js'
import {reasonOf} from './file.js'

/** A file that shall be made is there already, or cannot be written. */
export class ConfigFileError extends PdistError {
  readonly code = 'PDIST_CONFIG_FILE'
}

/** No secret is in it, but what is may help a stranger; a group can be given to the daemons. */
const MODE = 0o640

/**
 * Writes a file as a whole or not at all; one that is there is replaced only where that is wanted. Rejects with ConfigFileError.
 */
export async function writeWhole(file: string, text: string, {replace}: {replace: boolean}): Promise<void> {
  try {
    await writeWholeFile(file, text, {mode: MODE, replace})
  } catch (cause) {
    throw notWritten(file, cause)
  }
}

/** Before somebody is asked for what would not be written. Rejects with ConfigFileError. */
export async function refuseExisting(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) throw isThereAlready(file)
}

function isThereAlready(file: string, cause?: unknown): ConfigFileError {
  return new ConfigFileError(`${file} is there already`, {
    cause,
    hints: ['Say `--force` to replace it', 'Say `--output -` to see what would be written'],
  })
}

function notWritten(file: string, cause: unknown): ConfigFileError {
  if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return isThereAlready(file, cause)
  return new ConfigFileError(`${file} cannot be written: ${reasonOf(cause)}`, {
    cause,
    hints: ['Name another file with `--output`, or make its folder'],
  })
}
