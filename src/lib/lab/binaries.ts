import {constants} from 'node:fs'
import {access, readdir} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {MissingBinaryError} from './errors.js'

export type Backend = 'gsqlite3' | 'lmdb'

/** Everything that the lab runs, by absolute path. */
export interface Binaries {
  natsServer: string
  pdnsServer: string
  /** Where PowerDNS's backends are. */
  pdnsModules: string
  /** PowerDNS's own schema for SQLite, of the version that is installed; only with gsqlite3. */
  sqliteSchema: string | undefined
  /** util-linux's, with which a child dies with its parent; not there on other systems than Linux. */
  setpriv: string | undefined
}

/** Parts that may run other versions than the rest of a lab does. */
export type ServerRole = 'broker' | 'primary' | 'secondary'

export interface Places {
  path: readonly string[]
  /** Folders below which `<architecture>/pdns/lib…backend.so` or `pdns/lib…backend.so` may be. */
  libraries: readonly string[]
  schemas: readonly string[]
}

/** Debian's places and PATH; `sbin` is not in an ordinary user's PATH there, and the servers are in it. */
export function usualPlaces(path = process.env.PATH ?? ''): Places {
  return {
    path: [
      ...path.split(delimiter).filter(Boolean),
      '/usr/local/sbin',
      '/usr/sbin',
      '/usr/local/bin',
      '/usr/bin',
    ],
    libraries: ['/usr/local/lib', '/usr/lib', '/usr/lib64'],
    schemas: [
      '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql',
      '/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql',
      '/usr/share/doc/pdns/schema.sqlite3.sql',
    ],
  }
}

/** Rejects with MissingBinaryError for the first that is not there. */
export async function findBinaries(backend: Backend, places: Places = usualPlaces()): Promise<Binaries> {
  return {
    natsServer: await programOf('nats-server', 'nats-server', places),
    pdnsServer: await programOf('pdns_server', 'pdns-server', places),
    pdnsModules: await modulesOf(backend, places),
    sqliteSchema: backend === 'gsqlite3' ? await schemaOf(places) : undefined,
    setpriv: await program('setpriv', places),
  }
}

/** What each role runs: what is in its own places, else what this machine has. Rejects as `findBinaries` does. */
export async function findForRoles({
  backend,
  secondaryBackend = backend,
  places = {},
}: {
  backend: Backend
  secondaryBackend?: Backend
  places?: Partial<Record<ServerRole, Places>>
}): Promise<Record<ServerRole, Binaries>> {
  return {
    broker: await findBinaries(backend, places.broker),
    primary: await findBinaries(backend, places.primary),
    secondary: await findBinaries(secondaryBackend, places.secondary),
  }
}

async function programOf(name: string, debianPackage: string, places: Places): Promise<string> {
  const found = await program(name, places)
  if (found === undefined) throw new MissingBinaryError(name, debianPackage)
  return found
}

function program(name: string, {path}: Places): Promise<string | undefined> {
  return firstOf(
    path.map((folder) => join(folder, name)),
    constants.X_OK,
  )
}

async function modulesOf(backend: Backend, {libraries}: Places): Promise<string> {
  const module = `lib${backend}backend.so`
  const folders = (await Promise.all(libraries.map(moduleFolders))).flat()
  const found = await firstOf(
    folders.map((folder) => join(folder, module)),
    constants.R_OK,
  )
  if (found !== undefined) return join(found, '..')
  throw new MissingBinaryError(module, backend === 'gsqlite3' ? 'pdns-backend-sqlite3' : 'pdns-backend-lmdb')
}

async function moduleFolders(library: string): Promise<string[]> {
  const entries = (await exists(library, constants.R_OK)) ? await readdir(library, {withFileTypes: true}) : []
  const architectures = entries.filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
  return [join(library, 'pdns'), ...architectures.map(({name}) => join(library, name, 'pdns'))]
}

async function schemaOf({schemas}: Places): Promise<string> {
  const found = await firstOf(schemas, constants.R_OK)
  if (found === undefined) throw new MissingBinaryError('schema.sqlite3.sql', 'pdns-backend-sqlite3')
  return found
}

async function firstOf(paths: readonly string[], mode: number): Promise<string | undefined> {
  for (const path of paths) if (await exists(path, mode)) return path
  return undefined
}

async function exists(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
