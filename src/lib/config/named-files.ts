import {access, constants} from 'node:fs/promises'
import {reasonOf} from './file.js'
import type {Mistake} from './mistakes.js'
import type {Setting} from './settings.js'

/** Keys that are paths of files which have to be there, and are read only when they are used. */
const FILES = [
  'broker.creds_file',
  'broker.nkey_file',
  'broker.ca_file',
  'broker.cert_file',
  'broker.key_file',
  'api_proxy.cert_file',
  'api_proxy.key_file',
  'signing.key_file',
]

/** Files that a configuration names and that cannot be read, by whoever asks. Secrets in files of their own are read already. */
export async function unreadableFiles(settings: readonly Setting[]): Promise<Mistake[]> {
  const found = await Promise.all(settings.filter(({path}) => FILES.includes(path)).map(unreadable))
  return found.flat()
}

async function unreadable({path, value, source}: Setting): Promise<Mistake[]> {
  // One that is no path has its own mistake.
  if (typeof value !== 'string' || value === '') return []
  try {
    await access(value, constants.R_OK)
    return []
  } catch (error) {
    const make =
      path === 'signing.key_file' ? `: make the key with \`pdist keys generate --output ${value}\`` : ''
    const message = `${value} cannot be read: ${reasonOf(error)}${make}`
    return [{path, message, ...(source === 'default' ? {} : {source})}]
  }
}
