import {randomBytes} from 'node:crypto'
import {mkdir, readFile} from 'node:fs/promises'
import {dirname} from 'node:path'
import {writeWholeFile} from '../lib/whole-file.js'

const ID = /^[0-9a-f]{32}$/

export interface OwnerId {
  id: string
  /** Why it could not be kept: the next start has another one. */
  notKept?: unknown
}

/** The random id in `file`; made there, with its folder, where there is none or none that can be read. */
export async function ownerId(file: string): Promise<OwnerId> {
  const kept = await readId(file)
  if (kept !== undefined) return {id: kept}
  const id = randomBytes(16).toString('hex')
  try {
    await mkdir(dirname(file), {recursive: true, mode: 0o700})
    await writeWholeFile(file, `${id}\n`, {mode: 0o600})
    return {id}
  } catch (notKept) {
    return {id, notKept}
  }
}

async function readId(file: string): Promise<string | undefined> {
  try {
    const id = (await readFile(file, 'utf8')).trim()
    return ID.test(id) ? id : undefined
  } catch {
    // Whatever keeps it from being read: writing a new one tells.
    return undefined
  }
}
