import {mkdir, mkdtemp, readdir, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {LabDirectoryError} from './errors.js'

/** The one folder that holds all of a lab's files. */
export interface LabDirectory {
  path: string
  /** Removes a temporary folder; leaves one that was asked for. */
  leave(): Promise<void>
  /** Removes what a failed start has written. */
  clear(): Promise<void>
}

// A Unix socket's path may have 107 bytes, and PowerDNS makes its control socket in a folder below.
const LONGEST_PATH_BYTES = 107 - '/secondary/pdns.controlsocket'.length

/** Rejects with LabDirectoryError where `wanted` holds something already, or where its path is too long. */
export async function openDirectory(wanted: string | undefined): Promise<LabDirectory> {
  const path = await (wanted === undefined ? temporary() : kept(wanted))
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES) {
    throw new LabDirectoryError(`the path ${path} is too long for the control sockets of PowerDNS in it`, {
      hints: [`Choose one of at most ${LONGEST_PATH_BYTES} bytes`],
    })
  }
  const remove = () => rm(path, {recursive: true, force: true})
  return {
    path,
    leave: wanted === undefined ? remove : () => rm(join(path, 'lab.json'), {force: true}),
    clear: async () => {
      const entries = await readdir(path)
      await Promise.all(entries.map((entry) => rm(join(path, entry), {recursive: true, force: true})))
    },
  }
}

async function temporary(): Promise<string> {
  return await mkdtemp(join(await realpath(tmpdir()), 'pdist-lab-'))
}

async function kept(wanted: string): Promise<string> {
  await mkdir(wanted, {recursive: true, mode: 0o700})
  const path = await realpath(resolve(wanted))
  // Zones in an old database name ports of an old lab.
  if ((await readdir(path)).length > 0) {
    throw new LabDirectoryError(`the folder ${path} is not empty`, {
      hints: ['A lab begins with nothing: give a new or an empty folder'],
    })
  }
  return path
}
