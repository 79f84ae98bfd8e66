import {access} from 'node:fs/promises'
import {join} from 'node:path'
import type {Given} from './sources.js'

/** Files that only root reads; to a daemon systemd hands copies of them. */
const FOLDER = '/etc/pdist/credentials/'
/** `LoadCredential=pdist:/etc/pdist/credentials` in the units puts it before each file's name. */
const PREFIX = 'pdist_'

/**
 * A path below /etc/pdist/credentials becomes that of its copy in `directory` (`$CREDENTIALS_DIRECTORY`, systemd.exec(5)) where
 * there is one. So the same configuration does for the daemons, and for root's own commands.
 */
export async function throughSystemd(given: Given, directory: string | undefined): Promise<Given> {
  const {value} = given
  if (!directory || typeof value !== 'string' || !value.startsWith(FOLDER)) return given
  const copy = join(directory, `${PREFIX}${value.slice(FOLDER.length).replaceAll('/', '_')}`)
  try {
    await access(copy)
  } catch {
    // Started by something that hands over other credentials: what is wrong with the original will be told.
    return given
  }
  return {...given, value: copy}
}
